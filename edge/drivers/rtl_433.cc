#include "edge/drivers/rtl_433.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "edge/drivers/devices_heard.h"
#include "edge/drivers/driver_state.h"
#include "edge/drivers/json_line.h"
#include "edge/drivers/rtl_433_line.h"
#include "edge/drivers/weather_reporter.h"

namespace wayside::edge {
namespace {

constexpr std::size_t kLineBytesMax = 8192;
constexpr auto kSilenceCheck = std::chrono::seconds(5);

std::string name_of(const std::string& model, const std::string& id, const std::string& channel) {
  return model + "/" + (id.empty() ? "*" : id) + (channel.empty() ? "" : "/" + channel);
}

/// The lines that `wayside-agent status` offers for pasting. Whatever a radio sends ends inside the quotes.
std::string settings_hint(const RtlMessage& message) {
  const auto quoted = [](const std::string& text) {
    return nlohmann::json(shown_bytes(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  std::string hint = "[[source.sensor]]\nmodel = " + quoted(message.model) + "\nid = " + quoted(message.id) + "\n";
  if (!message.channel.empty()) hint += "channel = " + quoted(message.channel) + "\n";
  return hint + "station_id = \"\"\nlat = 0.0\nlon = 0.0\n";
}

}  // namespace

void RtlSensor::describe(SettingsVisitor& visitor) {
  visitor.text("model", model, "Model as rtl_433 prints it.", Presence::kRequired);
  visitor.text("id", id, "Id as rtl_433 prints it; empty: any. It changes when the battery is replaced.");
  visitor.text("channel", channel, "Channel as rtl_433 prints it; empty: any.");
  station.describe(visitor, "How often the sensor sends, at least.");
  visitor.integer("silent_after_s", silent_after_s, {1, 86'400},
                  "Without a word for this long the sensor is a fault in health.");
}

void Rtl433Settings::describe(SettingsVisitor& visitor) {
  visitor.texts(
      "command", command,
      "What prints the JSON lines: rtl_433 itself, or a program that passes them on ([\"cat\", \"/run/rtl_433.fifo\"]).");
  visitor.list_of("sensor", sensors, "The sensors to take; whatever else is heard is shown by `wayside-agent status`.");
}

Status Rtl433Settings::validate() const {
  if (command.empty() || command[0].empty()) return Error{"command: is empty", "command = [\"rtl_433\", \"-F\", \"json\"]"};
  if (sensors.empty()) return Error{"sensor: there is none", "add a [[source.sensor]] table"};
  return {};
}

class Rtl433Driver::Impl : public std::enable_shared_from_this<Rtl433Driver::Impl> {
 public:
  Impl(const Rtl433Settings& settings, DriverHost& host, BackOff back_off)
      : settings_(settings),
        host_(host),
        state_(host, settings.command[0]),
        handover_(host, settings.command[0]),
        reporter_(host, handover_),
        child_(host.loop(), settings.command, kLineBytesMax, back_off),
        silence_(host.loop()) {
    for (const auto& sensor : settings.sensors) {
      heard_.add(name_of(sensor->model, sensor->id, sensor->channel), std::chrono::seconds(sensor->silent_after_s),
                 host.clock().monotonic());
    }
  }

  void start() {
    for (const auto& sensor : settings_.sensors) host_.announce(sensor->station.info());
    child_.start({[this](std::string_view line) { take(line); },
                  [this](const std::string& why) {
                    child_fault_ = why;
                    judge();
                  }});
    watch_silence();
  }

  void stop() {
    silence_.cancel();
    child_.stop();
  }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()}, {"starts", child_.starts()},       {"repeats", heard_.repeats()},
            {"other_lines", other_lines_},          {"other_sensors", other_sensors_}, {"silent_sensors", silent_sensors_}};
  }

  void take(std::string_view line) {
    if (line.size() > kLineBytesMax) return refuse(RtlReason::kTooLong, line);
    auto decoded = decode_rtl_433(line);
    if (const auto* reason = std::get_if<RtlReason>(&decoded)) {
      if (*reason != RtlReason::kNoModel) return refuse(*reason, line);
      ++other_lines_;
      return;
    }
    child_.works();
    child_fault_.clear();
    auto& message = std::get<RtlMessage>(decoded);
    const auto sensor = listed(message);
    if (!sensor) {
      ++other_sensors_;
      const std::string name = shown_bytes(name_of(message.model, message.id, message.channel));
      return host_.unknown_device({name, "rtl_433", settings_hint(message)});
    }
    if (!heard_.is_news(*sensor, message.fields, message.rain, host_.clock().monotonic())) return;
    if (!reporter_.report(settings_.sensors[*sensor]->station.station_id, std::move(message.fields), message.rain)) {
      return refuse(RtlReason::kNoValues, line);
    }
    judge();
  }

  /// Health: the child's fault before a silent sensor's; ok only when all have been heard of late.
  void judge() {
    const auto silent = heard_.silent(host_.clock().monotonic());
    silent_sensors_ = silent.count;
    if (!child_fault_.empty()) return state_.fault(child_fault_);
    if (silent.count > 0) return state_.fault("silent: " + silent.names);
    if (handover_.readings() > 0) state_.ok();
  }

 private:
  /// The sensor's place in the settings.
  std::optional<std::size_t> listed(const RtlMessage& message) const {
    for (std::size_t i = 0; i < settings_.sensors.size(); ++i) {
      const RtlSensor& wanted = *settings_.sensors[i];
      if (wanted.model == message.model && (wanted.id.empty() || wanted.id == message.id) &&
          (wanted.channel.empty() || wanted.channel == message.channel)) {
        return i;
      }
    }
    return std::nullopt;
  }

  void refuse(RtlReason reason, std::string_view line) {
    host_.refused({std::string(to_text(reason)), settings_.command[0], shown_bytes(line)});
  }

  void watch_silence() {
    silence_.expires_after(kSilenceCheck);
    silence_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->judge();
      self->watch_silence();
    });
  }

  const Rtl433Settings& settings_;
  DriverHost& host_;
  DriverState state_;
  Handover handover_;
  WeatherReporter reporter_;
  SupervisedChild child_;
  boost::asio::steady_timer silence_;
  DevicesHeard heard_;
  std::string child_fault_;
  std::uint64_t other_lines_ = 0;
  std::uint64_t other_sensors_ = 0;
  std::uint64_t silent_sensors_ = 0;
};

Rtl433Driver::Rtl433Driver(const Rtl433Settings& settings, DriverHost& host, BackOff back_off)
    : impl_(std::make_shared<Impl>(settings, host, back_off)) {}
Rtl433Driver::~Rtl433Driver() { impl_->stop(); }
Status Rtl433Driver::start() {
  impl_->start();
  return {};
}
void Rtl433Driver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> Rtl433Driver::counts() const { return impl_->counts(); }
void Rtl433Driver::take(std::string_view line) { impl_->take(line); }
void Rtl433Driver::check_silence() { impl_->judge(); }

DriverEntry rtl_433_driver() {
  return {"rtl_433", "433 MHz weather sensors, through rtl_433", [] { return std::make_unique<Rtl433Settings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<Rtl433Driver>(static_cast<const Rtl433Settings&>(settings), host);
          },
          [](const SettingsGroup& settings) {
            std::vector<std::string> stations;
            for (const auto& sensor : static_cast<const Rtl433Settings&>(settings).sensors) {
              stations.push_back(sensor->station.station_id);
            }
            return stations;
          }};
}

}  // namespace wayside::edge
