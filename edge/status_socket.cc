#include "edge/status_socket.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace wayside::edge {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using nlohmann::json;

namespace {

constexpr auto kAcceptRetry = std::chrono::seconds(1);
constexpr auto kAnswerWait = std::chrono::seconds(5);

/// For a terminal: devices send what they like, escape sequences included.
std::string printable(const json& text) {
  std::string out = text.get<std::string>();
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) c = '?';
  }
  return out;
}

}  // namespace

class StatusSocket::Impl : public std::enable_shared_from_this<StatusSocket::Impl> {
 public:
  Impl(asio::io_context& loop, std::string path, std::function<std::string()> compose)
      : acceptor_(loop), retry_(loop), path_(std::move(path)), compose_(std::move(compose)) {}

  Status listen() {
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
      return Error{"state_dir: is too long for the status socket (got " + path_ + ")", "a path under 100 characters"};
    }
    ::unlink(path_.c_str());
    boost::system::error_code error;
    acceptor_.open(stream_protocol(), error);
    const mode_t old_mask = ::umask(0177);
    if (!error) acceptor_.bind(stream_protocol::endpoint(path_), error);
    ::umask(old_mask);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return Error{"listening on " + path_ + ": " + error.message(), "check that this user may write there"};
    accept();
    return {};
  }

  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    ::unlink(path_.c_str());
  }

 private:
  void accept() {
    auto socket = std::make_shared<stream_protocol::socket>(acceptor_.get_executor());
    acceptor_.async_accept(*socket, [self = shared_from_this(), socket](const boost::system::error_code& error) {
      if (error == asio::error::operation_aborted) return;
      if (error) return self->accept_later();  // too many files are open
      auto text = std::make_shared<std::string>(self->compose_());
      asio::async_write(*socket, asio::buffer(*text), [socket, text](const boost::system::error_code&, std::size_t) {});
      self->accept();
    });
  }

  void accept_later() {
    retry_.expires_after(kAcceptRetry);
    retry_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->acceptor_.is_open()) self->accept();
    });
  }

  stream_protocol::acceptor acceptor_;
  asio::steady_timer retry_;
  std::string path_;
  std::function<std::string()> compose_;
};

StatusSocket::StatusSocket() = default;
StatusSocket::~StatusSocket() { close(); }

Status StatusSocket::listen(asio::io_context& loop, const std::string& path, std::function<std::string()> compose) {
  impl_ = std::make_shared<Impl>(loop, path, std::move(compose));
  return impl_->listen();
}

void StatusSocket::close() {
  if (impl_) impl_->close();
  impl_.reset();
}

std::string compose_status(const AgentHealth& health, bool online, std::size_t in_flight, const Refusals& refusals) {
  json out = json::parse(encode_agent_health(health));
  out["uplink"] = {{"online", online}, {"in_flight", in_flight}};
  out["refused_by_reason"] = refusals.by_reason();
  out["refused_frames"] = json::array();
  for (const auto& kept : refusals.frames()) {
    out["refused_frames"].push_back({{"at", format_rfc3339(kept.at)},
                                     {"source", kept.source},
                                     {"reason", kept.frame.reason},
                                     {"detail", kept.frame.detail},
                                     {"frame", kept.frame.frame}});
  }
  out["unknown_devices"] = json::array();
  for (const auto& [key, device] : refusals.devices()) {
    out["unknown_devices"].push_back({{"source", device.source},
                                      {"key_masked", device.device.key_masked},
                                      {"driver", device.device.driver},
                                      {"seen", device.seen},
                                      {"last_seen", format_rfc3339(device.last_seen)},
                                      {"settings", device.device.hint}});
  }
  out["unknown_devices_left_out"] = refusals.devices_left_out();
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<std::string> fetch_status(const std::string& path) {
  asio::io_context loop;
  stream_protocol::socket socket(loop);
  boost::system::error_code error;
  socket.connect(stream_protocol::endpoint(path), error);
  if (error) return Error{"connecting to " + path + ": " + error.message(), "start wayside-agent with these settings"};
  std::string text;
  error = asio::error::timed_out;
  asio::async_read(socket, asio::dynamic_buffer(text),
                   [&error](const boost::system::error_code& result, std::size_t) { error = result; });
  loop.run_for(kAnswerWait);
  if (error != asio::error::eof) return Error{"reading " + path + ": " + error.message(), "is the agent stopped or stuck?"};
  return text;
}

std::string format_status(const std::string& text) {
  const json status = json::parse(text, nullptr, false);
  if (!status.is_object()) return text;
  std::ostringstream out;
  const json& outbox = status["outbox"];
  out << "agent     " << status["agent"].get<std::string>() << " (" << status["version"].get<std::string>() << "), clock "
      << status["clock"].get<std::string>() << "\n";
  out << "uplink    " << (status["uplink"]["online"].get<bool>() ? "online" : "offline") << ", "
      << status["uplink"]["in_flight"] << " on the way\n";
  out << "outbox    " << outbox["readings"] << " readings, " << outbox["bytes"] << " of " << outbox["bytes_max"] << " bytes";
  if (outbox["hours_left"].is_number())
    out << ", full in " << static_cast<long>(outbox["hours_left"].get<double>()) << " h if nothing leaves";
  if (const auto fault = printable(outbox.value("fault", json(""))); !fault.empty()) out << ", takes nothing: " << fault;
  out << "\n";
  if (const json& unpublishable = status["unpublishable"]; unpublishable["total"] > 0) {
    out << "too large " << unpublishable["total"] << " messages for the broker, last " << printable(unpublishable["last"])
        << "\n";
  }
  for (const json& driver : status["drivers"]) {
    out << "source    " << driver["source"].get<std::string>() << " (" << driver["driver"].get<std::string>() << ") "
        << driver["state"].get<std::string>() << ", " << driver["readings_total"] << " readings, " << driver["refused_total"]
        << " refused, " << driver["dropped_values_total"] << " values dropped, " << driver["device_clock_faults_total"]
        << " device times unusable";
    const json counts = driver.value("counts", json::object());
    for (const auto& [name, count] : counts.items()) out << ", " << count << " " << name;
    if (const auto why = printable(driver["last_error"]); !why.empty()) out << ": " << why;
    out << "\n";
  }
  for (const json& epoch : status["epochs"]) {
    out << "epoch     " << epoch["epoch"].get<std::string>() << " accepted " << epoch["accepted"] << " = receipted "
        << epoch["receipted"] << " + refused " << epoch["refused"] << " + dropped " << epoch["dropped"] << " + waiting "
        << epoch["waiting"] << "\n";
  }
  for (const json& device : status["unknown_devices"]) {
    out << "\nunknown device " << printable(device["key_masked"]) << ", seen " << device["seen"]
        << " times. To take its readings, paste into the settings of source " << device["source"].get<std::string>() << ":\n"
        << printable(device["settings"]) << "\n";
  }
  if (const json left_out = status.value("unknown_devices_left_out", json(0)); left_out != 0) {
    out << "\n" << left_out << " more unknown devices are not listed\n";
  }
  for (const json& frame : status["refused_frames"]) {
    out << "\nrefused at " << frame["at"].get<std::string>() << " by " << frame["source"].get<std::string>() << ": "
        << frame["reason"].get<std::string>() << " (" << printable(frame["detail"]) << ")\n  " << printable(frame["frame"])
        << "\n";
  }
  return out.str();
}

}  // namespace wayside::edge
