#include "edge/drivers/exec.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "edge/drivers/driver_state.h"
#include "edge/drivers/exec_line.h"
#include "edge/drivers/handover.h"
#include "edge/drivers/json_line.h"

namespace wayside::edge {
namespace {

constexpr int kSilentIntervalsMax = 5;  // as the contract calls a station silent

}  // namespace

void ExecStation::describe(SettingsVisitor& visitor) {
  StationSettings::describe(visitor);
  visitor.texts("streams", streams, "Streams that the program prints for it: bike_status, weather, arrival, turnstile.");
}

std::vector<Stream> ExecStation::stream_list() const {
  std::vector<Stream> list;
  for (const std::string& word : streams) {
    if (const auto stream = parse_stream(word); stream && *stream != Stream::kLoss) list.push_back(*stream);
  }
  return list;
}

Status ExecStation::validate() const {
  WAYSIDE_TRY(StationSettings::validate());
  if (streams.empty()) return Error{"streams: is empty", "streams = [\"weather\"]"};
  if (stream_list().size() == streams.size()) return {};
  return Error{"streams: names what is no stream of hardware", "bike_status, weather, arrival, turnstile"};
}

void ExecSettings::describe(SettingsVisitor& visitor) {
  visitor.texts("command", command, "The program and its arguments: [\"/usr/local/bin/my-sensor\", \"--pin\", \"4\"].");
  visitor.integer("line_bytes_max", line_bytes_max, {64, 256 * 1024}, "Longest line; a longer one is refused.");
  visitor.list_of("station", stations, "The stations that the program prints readings of.");
}

Status ExecSettings::validate() const {
  if (command.empty() || command[0].empty()) return Error{"command: is empty", "command = [\"/usr/local/bin/my-sensor\"]"};
  if (stations.empty()) return Error{"station: there is none", "add a [[source.station]] table"};
  return {};
}

class ExecDriver::Impl : public std::enable_shared_from_this<ExecDriver::Impl> {
 public:
  Impl(const ExecSettings& settings, DriverHost& host, BackOff back_off)
      : settings_(settings),
        host_(host),
        state_(host, settings.command[0]),
        handover_(host, settings.command[0]),
        child_(host.loop(), settings.command, static_cast<std::size_t>(settings.line_bytes_max), back_off),
        silence_(host.loop()) {}

  void start() {
    for (const auto& station : settings_.stations) host_.announce(station->info(station->stream_list()));
    handover_.on_room([this] { child_.pause(false); });
    child_.start({[this](std::string_view line) { take(line); }, [this](const std::string& why) { state_.fault(why); }});
    watch_silence();
  }

  void stop() {
    silence_.cancel();
    child_.stop();
  }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()}, {"starts", child_.starts()}, {"unread_lines", refused_}};
  }
  pid_t pid() const { return child_.pid(); }

 private:
  void take(std::string_view line) {
    if (line.size() > static_cast<std::size_t>(settings_.line_bytes_max)) return refuse(ExecReason::kTooLong, line);
    auto decoded = decode_exec_line(line);
    if (const auto* reason = std::get_if<ExecReason>(&decoded)) return refuse(*reason, line);
    auto& reading = std::get<ExecReading>(decoded);
    const ExecStation* station = station_of(reading.station_id);
    if (station == nullptr) return refuse(ExecReason::kUnknownStation, line);
    const auto streams = station->stream_list();
    if (!reading.stream && streams.size() == 1) reading.stream = streams[0];
    if (!reading.stream || std::find(streams.begin(), streams.end(), *reading.stream) == streams.end()) {
      return refuse(ExecReason::kUnknownStream, line);
    }
    heard_ = true;
    child_.works();
    state_.ok();
    handover_.give({station->station_id, *reading.stream, reading.observed_at, std::move(reading.values)});
    if (handover_.full()) child_.pause(true);
  }

  const ExecStation* station_of(const std::string& id) const {
    if (id.empty()) return settings_.stations.size() == 1 ? settings_.stations[0].get() : nullptr;
    for (const auto& station : settings_.stations) {
      if (station->station_id == id) return station.get();
    }
    return nullptr;
  }

  void refuse(ExecReason reason, std::string_view line) {
    ++refused_;
    host_.refused({std::string(to_text(reason)), settings_.command[0], shown_bytes(line)});
  }

  /// A program that runs and says nothing is at fault: alive is said with empty values.
  void watch_silence() {
    const auto shortest =
        std::min_element(settings_.stations.begin(), settings_.stations.end(),
                         [](const auto& a, const auto& b) { return a->report_interval_s < b->report_interval_s; });
    const auto wait = std::chrono::seconds((*shortest)->report_interval_s * kSilentIntervalsMax);
    silence_.expires_after(wait);
    silence_.async_wait([weak = weak_from_this(), wait](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      if (!std::exchange(self->heard_, false) && self->child_.pid() > 0) {
        self->state_.fault(self->settings_.command[0] + ": no reading for " + std::to_string(wait.count()) + " s");
      }
      self->watch_silence();
    });
  }

  const ExecSettings& settings_;
  DriverHost& host_;
  DriverState state_;
  Handover handover_;
  SupervisedChild child_;
  boost::asio::steady_timer silence_;
  std::uint64_t refused_ = 0;
  bool heard_ = false;
};

ExecDriver::ExecDriver(const ExecSettings& settings, DriverHost& host, BackOff back_off)
    : impl_(std::make_shared<Impl>(settings, host, back_off)) {}
ExecDriver::~ExecDriver() { impl_->stop(); }
Status ExecDriver::start() {
  impl_->start();
  return {};
}
void ExecDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> ExecDriver::counts() const { return impl_->counts(); }
pid_t ExecDriver::pid() const { return impl_->pid(); }

DriverEntry exec_driver() {
  return {"exec", "any program that prints one reading a line", [] { return std::make_unique<ExecSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<ExecDriver>(static_cast<const ExecSettings&>(settings), host);
          },
          [](const SettingsGroup& settings) {
            std::vector<std::string> stations;
            for (const auto& station : static_cast<const ExecSettings&>(settings).stations) {
              stations.push_back(station->station_id);
            }
            return stations;
          }};
}

}  // namespace wayside::edge
