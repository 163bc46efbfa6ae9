#include "edge/drivers/serial_lines.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "common/base/log.h"
#include "edge/drivers/nmea_window.h"
#include "edge/drivers/serial_reader.h"

namespace wayside::edge {
namespace {

constexpr std::size_t kLineBytesMax = 200;
constexpr int kSilentIntervalsMax = 5;  // as the contract calls a station silent

}  // namespace

void SerialLinesSettings::describe(SettingsVisitor& visitor) {
  visitor.text("port", port, "Serial device; a name below /dev/serial/by-id stays the same over reboots.", Presence::kRequired);
  visitor.integer("baud", baud, {1200, 115'200}, "Baud rate: 4800 for NMEA 0183, 38400 for its high-speed form.");
  station.describe(visitor,
                   "How often one reading is sent: mean speed and mean direction of the wind since the last one, the last "
                   "value of the rest.");
  visitor.boolean("checksum_required", checksum_required, "Refuse sentences without checksum.");
  visitor.boolean("fixed_mast", fixed_mast, "The instrument stands still (true), or moves on a vehicle or boat (false).");
  visitor.real("north_offset_deg", north_offset_deg, {-360, 360},
               "Where the instrument's zero mark points, in degrees from true north.");
}

Status SerialLinesSettings::validate() const {
  const auto& bauds = serial_bauds();
  if (std::find(bauds.begin(), bauds.end(), std::to_string(baud)) == bauds.end()) {
    return Error{"baud: is no standard rate (got " + std::to_string(baud) + ")",
                 "1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200"};
  }
  return station.validate();
}

class SerialLinesDriver::Impl : public std::enable_shared_from_this<SerialLinesDriver::Impl> {
 public:
  Impl(const SerialLinesSettings& settings, DriverHost& host, std::unique_ptr<SerialPort> port)
      : settings_(settings),
        host_(host),
        reader_(std::make_shared<SerialReader>(host, std::move(port), settings.port, kLineBytesMax,
                                               [this](std::string_view line, bool first) { take(line, first); })),
        interval_(host.loop()) {}

  void start() {
    host_.announce(settings_.station.info());
    reader_->start();
    wait_interval();
  }

  void stop() {
    stopped_ = true;
    flush();
    interval_.cancel();
    reader_->stop();
  }

  void flush() {
    if (window_.empty()) return;
    std::vector<Observation> observations(1);
    observations[0] = {settings_.station.station_id, Stream::kWeather, std::nullopt, window_.take().json()};
    host_.accept(std::move(observations), {}, [weak = weak_from_this()](const Status& status) {
      const auto self = weak.lock();
      if (!self) return;
      ++(status.ok() ? self->counters_.readings : self->counters_.not_stored);
      if (!status.ok()) {
        log_limited(LogLevel::kError, "reading_not_stored", self->settings_.port, {{"error", status.error().message}});
      }
    });
  }

  SerialLinesCounters counters() const {
    SerialLinesCounters counters = counters_;
    counters.opened = reader_->opened();
    return counters;
  }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", counters_.not_stored},
            {"cut_lines", counters_.cut_lines},
            {"ignored", counters_.ignored},
            {"opened", reader_->opened()}};
  }

 private:
  void wait_interval() {
    interval_.expires_after(std::chrono::seconds(settings_.station.report_interval_s));
    interval_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self || self->stopped_) return;
      self->end_interval();
      self->wait_interval();
    });
  }

  void end_interval() {
    silent_intervals_ = window_.empty() ? silent_intervals_ + 1 : 0;
    flush();
    if (silent_intervals_ == kSilentIntervalsMax && reader_->is_open()) {
      reader_->fault(settings_.port + ": no weather sentence for " +
                     std::to_string(kSilentIntervalsMax * settings_.station.report_interval_s) + " s");
    }
  }

  void take(std::string_view line, bool first) {
    const auto parsed = parse_nmea(line, settings_.checksum_required);
    if (const auto* reason = std::get_if<LineReason>(&parsed)) {
      if (first) {
        ++counters_.cut_lines;
        return;
      }
      return refuse(*reason, line);
    }
    const auto decoded =
        decode_nmea_weather(std::get<NmeaSentence>(parsed), {settings_.fixed_mast, settings_.north_offset_deg});
    if (const auto* reason = std::get_if<LineReason>(&decoded)) return refuse(*reason, line);
    const NmeaValues& values = std::get<NmeaValues>(decoded);
    for (const DroppedValue& dropped : values.fields.dropped()) {
      host_.left_out(LeftOut::kValue);
      log_limited(LogLevel::kWarn, "value_dropped", std::string(dropped.field),
                  {{"port", settings_.port}, {"field", dropped.field}, {"fault", to_text(dropped.fault)}});
    }
    if (!values.wind && !values.fields.has_measurement()) {
      ++counters_.ignored;
      return reader_->line_was_readable();
    }
    ++counters_.used;
    window_.add(values);
    reader_->line_was_good();
  }

  void refuse(LineReason reason, std::string_view line) {
    ++counters_.refused[static_cast<std::size_t>(reason)];
    reader_->refused(to_text(reason), line);
    if (reason != LineReason::kVoidStatus) reader_->line_was_noise();
  }

  const SerialLinesSettings& settings_;
  DriverHost& host_;
  std::shared_ptr<SerialReader> reader_;
  boost::asio::steady_timer interval_;
  NmeaWindow window_;
  SerialLinesCounters counters_;
  bool stopped_ = false;
  int silent_intervals_ = 0;
};

SerialLinesDriver::SerialLinesDriver(const SerialLinesSettings& settings, DriverHost& host, std::unique_ptr<SerialPort> port)
    : impl_(std::make_shared<Impl>(settings, host, std::move(port))) {}
SerialLinesDriver::~SerialLinesDriver() { impl_->stop(); }
Status SerialLinesDriver::start() {
  impl_->start();
  return {};
}
void SerialLinesDriver::stop() { impl_->stop(); }
SerialLinesCounters SerialLinesDriver::counters() const { return impl_->counters(); }
std::map<std::string, std::uint64_t> SerialLinesDriver::counts() const { return impl_->counts(); }
void SerialLinesDriver::flush() { impl_->flush(); }

DriverEntry serial_lines_driver() {
  return {"serial_lines", "NMEA 0183 weather sentences from a serial port",
          [] { return std::make_unique<SerialLinesSettings>(); },
          [](const SettingsGroup& group, DriverHost& host) -> std::unique_ptr<Driver> {
            const auto& settings = static_cast<const SerialLinesSettings&>(group);
            return std::make_unique<SerialLinesDriver>(
                settings, host, make_serial_port(host.loop(), settings.port, static_cast<int>(settings.baud)));
          },
          [](const SettingsGroup& group) {
            return std::vector<std::string>{static_cast<const SerialLinesSettings&>(group).station.station_id};
          }};
}

}  // namespace wayside::edge
