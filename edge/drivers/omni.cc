#include "edge/drivers/omni.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/log.h"
#include "edge/drivers/driver_state.h"
#include "edge/drivers/handover.h"
#include "edge/drivers/json_line.h"
#include "edge/drivers/omni_frame.h"

namespace wayside::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kAnswersMax = 100;  // that wait to be written on one connection
constexpr auto kAcceptRetry = std::chrono::seconds(1);

/// `127.0.0.1:9666` or `[::1]:9666`; nothing for another text.
std::optional<tcp::endpoint> parse_listen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  const int port = std::atoi(text.c_str() + colon + 1);
  const bool digits = text.find_first_not_of("0123456789", colon + 1) == std::string::npos && colon + 1 < text.size();
  if (error || !digits || port > 0xFFFF) return std::nullopt;
  return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

}  // namespace

void OmniLock::describe(SettingsVisitor& visitor) {
  visitor.text("imei", imei, "The lock's IMEI, 15 digits, as on its label.", Presence::kRequired);
  visitor.text("station_id", station_id, "The [[source.station]] where it belongs.", Presence::kRequired);
}

Status OmniLock::validate() const {
  const bool digits = imei.find_first_not_of("0123456789") == std::string::npos;
  if (imei.size() != 15 || !digits) return Error{"imei: is not 15 digits (got " + imei + ")", "863725031194523"};
  return {};
}

void OmniSettings::describe(SettingsVisitor& visitor) {
  visitor.text("listen", listen,
               "Address and port that the locks call; they have no password, so let only their network reach it.");
  visitor.integer("connections_max", connections_max, {1, 100'000}, "Most locks connected at a time.");
  visitor.integer("silent_after_s", silent_after_s, {60, 86'400},
                  "A lock that has said nothing for this long counts as disabled, and its connection is closed; heartbeats "
                  "come every 240 s.");
  visitor.real("battery_low_V", battery_low_V, {0, 10}, "Below this a lock counts as disabled.");
  visitor.list_of("lock", locks, "The locks to take.");
  visitor.list_of("station", stations, "The stations that they belong to.");
}

Status OmniSettings::validate() const {
  if (!parse_listen(listen)) return Error{"listen: is no address and port (got " + listen + ")", "0.0.0.0:9666"};
  if (locks.empty()) return Error{"lock: there is none", "add a [[source.lock]] table"};
  std::set<std::string> imeis;
  for (const auto& lock : locks) {
    if (!imeis.insert(lock->imei).second)
      return Error{"lock.imei: is there twice (got " + lock->imei + ")", "one table for each lock"};
    const bool known = std::any_of(stations.begin(), stations.end(),
                                   [&](const auto& station) { return station->station_id == lock->station_id; });
    if (!known) return Error{"lock.station_id: is in no [[source.station]] (got " + lock->station_id + ")", "add its table"};
  }
  return {};
}

class OmniDriver::Impl : public std::enable_shared_from_this<OmniDriver::Impl> {
 public:
  Impl(const OmniSettings& settings, DriverHost& host)
      : settings_(settings),
        host_(host),
        state_(host, settings.listen),
        handover_(host, settings.listen),
        acceptor_(host.loop()),
        accept_again_(host.loop()),
        tick_(host.loop()) {
    for (const auto& lock : settings.locks) locks_[lock->imei].station_id = lock->station_id;
    for (const auto& station : settings.stations)
      stations_[station->station_id] = {station.get(), host.clock().monotonic(), {}};
  }

  Status start() {
    const auto endpoint = *parse_listen(settings_.listen);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return Error{"listen: " + error.message() + " (got " + settings_.listen + ")", "another port, or end what holds it"};
    for (const auto& [id, station] : stations_) host_.announce(station.settings->info(std::array{Stream::kBikeStatus}));
    state_.ok();
    accept();
    tick();
    return {};
  }

  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accept_again_.cancel();
    tick_.cancel();
    for (const auto& session : sessions_) session->socket.close(ignored);
    sessions_.clear();
  }

  std::map<std::string, std::uint64_t> counts() const {
    const auto silent =
        std::count_if(locks_.begin(), locks_.end(), [this](const auto& lock) { return !heard_of_late(lock.second); });
    return {{"not_stored", handover_.not_stored()},
            {"connections", sessions_.size()},
            {"refused_connections", refused_connections_},
            {"frames", frames_},
            {"alarms", alarms_},
            {"silent_locks", static_cast<std::uint64_t>(silent)}};
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  struct Lock {
    std::string station_id;
    std::optional<MonoTime> last_word;
    std::optional<bool> locked;
    std::optional<double> volts;
  };
  struct Station {
    const StationSettings* settings = nullptr;
    MonoTime last_report;
    std::string last_values;
  };
  struct Session {
    explicit Session(tcp::socket taken) : socket(std::move(taken)) {}
    tcp::socket socket;
    OmniSplitter frames;
    std::array<char, 1024> buffer{};
    std::deque<std::string> answers;
    MonoTime last_word{};
  };
  using SessionPointer = std::shared_ptr<Session>;

  void accept() {
    acceptor_.async_accept([weak = weak_from_this()](boost::system::error_code error, tcp::socket socket) {
      const auto self = weak.lock();
      if (!self || error == asio::error::operation_aborted) return;
      if (error) {  // too many files are open
        self->accept_again_.expires_after(kAcceptRetry);
        return self->accept_again_.async_wait([weak](boost::system::error_code cancelled) {
          const auto again = weak.lock();
          if (again && !cancelled) again->accept();
        });
      }
      if (self->sessions_.size() >= static_cast<std::size_t>(self->settings_.connections_max)) {
        ++self->refused_connections_;
      } else {
        const auto session = std::make_shared<Session>(std::move(socket));
        session->last_word = self->host_.clock().monotonic();
        self->sessions_.insert(session);
        self->read(session);
      }
      self->accept();
    });
  }

  void read(const SessionPointer& session) {
    session->socket.async_read_some(asio::buffer(session->buffer),
                                    [weak = weak_from_this(), session](boost::system::error_code error, std::size_t size) {
                                      const auto self = weak.lock();
                                      if (!self) return;
                                      if (error) return self->close(session);
                                      session->frames.feed(std::string_view(session->buffer.data(), size),
                                                           [&](std::string_view frame) { self->take(session, frame); });
                                      if (session->socket.is_open()) self->read(session);
                                    });
  }

  void close(const SessionPointer& session) {
    boost::system::error_code ignored;
    session->socket.close(ignored);
    sessions_.erase(session);
  }

  void take(const SessionPointer& session, std::string_view bytes) {
    auto decoded = bytes.ends_with('#') ? decode_omni(bytes) : OmniReason::kTooLong;
    if (const auto* reason = std::get_if<OmniReason>(&decoded)) return refuse(*reason, bytes);
    const auto& frame = std::get<OmniFrame>(decoded);
    const auto lock = locks_.find(frame.imei);
    if (lock == locks_.end()) {
      host_.unknown_device({frame.imei, "omni", "[[source.lock]]\nimei = \"" + frame.imei + "\"\nstation_id = \"\"\n"});
      refuse(OmniReason::kUnknownLock, bytes);
      return close(session);
    }
    ++frames_;
    session->last_word = host_.clock().monotonic();
    lock->second.last_word = session->last_word;
    if (frame.locked) lock->second.locked = frame.locked;
    if (frame.volts) lock->second.volts = frame.volts;
    if (frame.alarm) {
      ++alarms_;
      log_limited(LogLevel::kWarn, "lock_alarm", frame.imei, {{"imei", frame.imei}, {"alarm", *frame.alarm}});
    }
    report(stations_.at(lock->second.station_id), false, [weak = weak_from_this(), session, frame](const Status& status) {
      const auto self = weak.lock();
      // Without an answer the lock says it again: what is not stored is not acknowledged.
      if (self && status.ok() && frame.wants_answer) self->answer(session, frame);
    });
  }

  void answer(const SessionPointer& session, const OmniFrame& frame) {
    if (!session->socket.is_open()) return;
    if (session->answers.size() >= kAnswersMax) return close(session);  // it sends and does not read
    session->answers.push_back(omni_answer(frame.imei, frame.command, host_.now()));
    if (session->answers.size() == 1) write(session);
  }

  void write(const SessionPointer& session) {
    asio::async_write(session->socket, asio::buffer(session->answers.front()),
                      [weak = weak_from_this(), session](boost::system::error_code error, std::size_t) {
                        const auto self = weak.lock();
                        if (!self) return;
                        if (error) return self->close(session);
                        session->answers.pop_front();
                        if (!session->answers.empty()) self->write(session);
                      });
  }

  void refuse(OmniReason reason, std::string_view bytes) {
    host_.refused({std::string(to_text(reason)), settings_.listen, shown_bytes(bytes)});
  }

  bool heard_of_late(const Lock& lock) const {
    return lock.last_word && host_.clock().monotonic() - *lock.last_word <= std::chrono::seconds(settings_.silent_after_s);
  }

  /// The station's counts: a closed lock is a bike to be taken, an open one is under way. Nothing while no lock has spoken.
  std::string values_of(const StationSettings& station) const {
    std::int64_t available = 0;
    std::int64_t disabled = 0;
    bool known = false;
    for (const auto& [imei, lock] : locks_) {
      if (lock.station_id != station.station_id || !lock.last_word || !lock.locked) continue;
      known = true;
      if (!*lock.locked) continue;
      const bool works = heard_of_late(lock) && lock.volts.value_or(settings_.battery_low_V) >= settings_.battery_low_V;
      ++(works ? available : disabled);
    }
    if (!known) return "";
    nlohmann::ordered_json values = {{"num_bikes_available", available}, {"num_bikes_disabled", disabled}};
    if (station.capacity > 0)
      values["num_docks_available"] = std::max<std::int64_t>(station.capacity - available - disabled, 0);
    return values.dump();
  }

  void report(Station& station, bool due, std::function<void(const Status&)> done) {
    std::string values = values_of(*station.settings);
    if (values.empty() || (!due && values == station.last_values)) {
      if (done) done({});
      return;
    }
    station.last_values = values;
    station.last_report = host_.clock().monotonic();
    handover_.give({station.settings->station_id, Stream::kBikeStatus, std::nullopt, std::move(values)}, {},
                   [&station, done = std::move(done)](const Status& status) {
                     if (!status.ok()) station.last_values.clear();  // said again with the next word
                     if (done) done(status);
                   });
  }

  /// Every second: reports that are due, locks that have fallen silent.
  void tick() {
    tick_.expires_after(std::chrono::seconds(1));
    tick_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      const MonoTime now = self->host_.clock().monotonic();
      for (auto& [id, station] : self->stations_) {
        self->report(station, now - station.last_report >= std::chrono::seconds(station.settings->report_interval_s), {});
      }
      std::vector<SessionPointer> silent;
      for (const auto& session : self->sessions_) {
        if (now - session->last_word > std::chrono::seconds(self->settings_.silent_after_s)) silent.push_back(session);
      }
      for (const auto& session : silent) self->close(session);
      self->tick();
    });
  }

  const OmniSettings& settings_;
  DriverHost& host_;
  DriverState state_;
  Handover handover_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_again_;
  asio::steady_timer tick_;
  std::map<std::string, Lock> locks_;        // by IMEI
  std::map<std::string, Station> stations_;  // by id
  std::set<SessionPointer> sessions_;
  std::uint64_t refused_connections_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t alarms_ = 0;
};

OmniDriver::OmniDriver(const OmniSettings& settings, DriverHost& host) : impl_(std::make_shared<Impl>(settings, host)) {}
OmniDriver::~OmniDriver() { impl_->stop(); }
Status OmniDriver::start() { return impl_->start(); }
void OmniDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> OmniDriver::counts() const { return impl_->counts(); }
std::uint16_t OmniDriver::port() const { return impl_->port(); }

DriverEntry omni_driver() {
  return {"omni", "OMNI bike locks, which call by TCP", [] { return std::make_unique<OmniSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<OmniDriver>(static_cast<const OmniSettings&>(settings), host);
          },
          [](const SettingsGroup& settings) {
            std::vector<std::string> stations;
            for (const auto& station : static_cast<const OmniSettings&>(settings).stations)
              stations.push_back(station->station_id);
            return stations;
          }};
}

}  // namespace wayside::edge
