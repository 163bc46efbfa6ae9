#include "edge/drivers/davis.h"

#include <algorithm>
#include <chrono>

#include "edge/drivers/davis_loop.h"
#include "edge/drivers/interval_poll.h"
#include "edge/drivers/json_line.h"
#include "edge/drivers/serial_port.h"
#include "edge/drivers/weather_reporter.h"

namespace wayside::edge {
namespace {

constexpr int kWakeUps = 3;  // as the manual says
constexpr std::chrono::milliseconds kStaleWait{20};
constexpr std::size_t kStaleMax = 4096;  // of what a console may still have to say before it is asked
constexpr char kAck = '\x06';
constexpr std::chrono::milliseconds kPacketWait{3000};  // one comes every 2 to 2.5 s

struct DavisAnswer {
  std::string packet;
  std::string fault;  ///< empty: there is a packet, good or bad
};

/// One conversation; in the worker's thread.
DavisAnswer ask(ConsolePort& port, bool& open, const DavisSettings& settings, const BlockingWorker::Pace& pace) {
  const std::chrono::milliseconds answer_wait(settings.answer_ms);
  if (!open) {
    if (const Status opened = port.open(); !opened.ok()) {
      return {"", opened.error().message + (opened.error().hint.empty() ? "" : " (" + opened.error().hint + ")")};
    }
    open = true;
  }
  const auto give_up = [&](std::string why) {
    port.close();
    open = false;
    return DavisAnswer{"", settings.port + ": " + std::move(why)};
  };
  port.read(kStaleMax, kStaleWait);
  bool awake = false;
  for (int i = 0; i < kWakeUps && !awake && !pace.stopping(); ++i) {
    if (const Status written = port.write("\n"); !written.ok()) return give_up(written.error().message);
    awake = port.read(2, answer_wait) == "\n\r";
  }
  if (!awake) return give_up("the console does not wake up (is it this port, and 19200 baud?)");
  port.read(kStaleMax, kStaleWait);  // it may answer an earlier wake-up now
  if (const Status written = port.write("LOOP 1\n"); !written.ok()) return give_up(written.error().message);
  const std::string said = port.read(1, answer_wait);
  if (said.empty() || said[0] != kAck)
    return give_up("the console does not take the command LOOP (said " + shown_hex(said) + ")");
  std::string packet = port.read(kDavisLoopBytes, kPacketWait);
  if (packet.empty()) return give_up("no packet came");
  return {std::move(packet), ""};
}

}  // namespace

void DavisSettings::describe(SettingsVisitor& visitor) {
  visitor.text("port", port, "Serial device of the console's logger, or tcp://host:22222 of a WeatherLinkIP.",
               Presence::kRequired);
  visitor.integer("baud", baud, {1200, 115'200}, "Baud rate; the console's default is 19200.");
  visitor.choice("rain_bucket", rain_bucket, {"0.01in", "0.2mm", "0.1mm"},
                 "What one tip of the bucket stands for; the packet does not say it.");
  visitor.integer("answer_ms", answer_ms, {50, 10'000}, "How long the console may take to answer.");
  station.describe(visitor, "How often the console is asked; it has something new every 2 to 2.5 s.");
}

Status DavisSettings::validate() const {
  const auto& bauds = serial_bauds();
  if (std::find(bauds.begin(), bauds.end(), std::to_string(baud)) == bauds.end()) {
    return Error{"baud: is no standard rate (got " + std::to_string(baud) + ")", "19200"};
  }
  return station.validate();
}

double DavisSettings::mm_per_click() const { return rain_bucket == "0.01in" ? 0.254 : rain_bucket == "0.1mm" ? 0.1 : 0.2; }

class DavisDriver::Impl {
 public:
  Impl(const DavisSettings& settings, DriverHost& host, std::unique_ptr<ConsolePort> port, BackOff back_off)
      : settings_(settings),
        host_(host),
        handover_(host, settings.port),
        reporter_(host, handover_),
        port_(std::move(port)),
        poll_(host, settings.port, std::chrono::seconds(settings.station.report_interval_s), back_off,
              [this](BlockingWorker::Pace& pace) -> IntervalPoll::Outcome {
                return [this, answer = ask(*port_, open_, settings_, pace)] {
                  return answer.fault.empty() ? report(answer.packet) : answer.fault;
                };
              }) {}

  void start() {
    host_.announce(settings_.station.info());
    poll_.start();
  }

  void stop() { poll_.stop(); }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()}, {"polls", poll_.polls()}, {"failed_polls", poll_.failed()}};
  }

 private:
  /// Why not; empty: it is reported.
  std::string report(const std::string& packet) {
    auto decoded = decode_davis_loop(packet, settings_.mm_per_click());
    if (auto* loop = std::get_if<DavisLoop>(&decoded)) {
      if (reporter_.report(settings_.station.station_id, std::move(loop->fields), loop->rain)) return "";
      decoded = DavisReason::kNoValues;
    }
    const std::string reason(to_text(std::get<DavisReason>(decoded)));
    host_.refused({reason, settings_.port, shown_hex(packet)});
    return settings_.port + ": the packet is refused: " + reason;
  }

  const DavisSettings& settings_;
  DriverHost& host_;
  Handover handover_;
  WeatherReporter reporter_;
  std::unique_ptr<ConsolePort> port_;  // the poll's thread's, as open_
  bool open_ = false;
  IntervalPoll poll_;  // last: its thread ends before what it uses
};

DavisDriver::DavisDriver(const DavisSettings& settings, DriverHost& host, std::unique_ptr<ConsolePort> port, BackOff back_off)
    : impl_(std::make_unique<Impl>(settings, host, std::move(port), back_off)) {}
DavisDriver::~DavisDriver() { impl_->stop(); }
Status DavisDriver::start() {
  impl_->start();
  return {};
}
void DavisDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> DavisDriver::counts() const { return impl_->counts(); }

DriverEntry davis_driver() {
  return {
      "davis", "Davis Vantage Pro2 and Vue consoles, by their LOOP packets", [] { return std::make_unique<DavisSettings>(); },
      [](const SettingsGroup& group, DriverHost& host) -> std::unique_ptr<Driver> {
        const auto& settings = static_cast<const DavisSettings&>(group);
        return std::make_unique<DavisDriver>(settings, host, make_console_port(settings.port, static_cast<int>(settings.baud)));
      },
      [](const SettingsGroup& group) {
        return std::vector<std::string>{static_cast<const DavisSettings&>(group).station.station_id};
      }};
}

}  // namespace wayside::edge
