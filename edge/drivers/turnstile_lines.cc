#include "edge/drivers/turnstile_lines.h"

#include <algorithm>
#include <ctime>
#include <deque>

#include "common/base/log.h"
#include "common/contract/names.h"
#include "common/contract/reading.h"
#include "edge/drivers/device_times.h"
#include "edge/drivers/serial_reader.h"

namespace wayside::edge {
namespace {

constexpr std::size_t kLineBytesMax = 600;
constexpr std::size_t kWaitingMax = 1024;  // lines, while a commit is under way

/// Minutes of `+01:00`, `-05:00`.
std::optional<int> offset_minutes(std::string_view zone) {
  const auto digit = [zone](std::size_t at) { return zone[at] - '0'; };
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  for (const std::size_t at : {1, 2, 4, 5}) {
    if (zone[at] < '0' || zone[at] > '9') return std::nullopt;
  }
  const int minutes = (digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5);
  if (minutes > 14 * 60) return std::nullopt;
  return zone[0] == '-' ? -minutes : minutes;
}

}  // namespace

std::optional<UtcTime> utc_in_zone(const CivilTime& time, std::string_view zone) {
  const auto utc = utc_from_civil(time.year, time.month, time.day, time.hour, time.minute, time.second);
  if (!utc || zone == "UTC") return utc;
  if (zone == "local") {
    std::tm local{};
    local.tm_year = time.year - 1900;
    local.tm_mon = time.month - 1;
    local.tm_mday = time.day;
    local.tm_hour = time.hour;
    local.tm_min = time.minute;
    local.tm_sec = time.second;
    local.tm_isdst = -1;
    const std::time_t seconds = std::mktime(&local);
    return seconds < 0 ? std::nullopt : std::optional(UtcTime::from_seconds(seconds));
  }
  const auto minutes = offset_minutes(zone);
  if (!minutes) return std::nullopt;
  return UtcTime{utc->ms - std::int64_t{*minutes} * 60'000};
}

void TurnstileLinesSettings::describe(SettingsVisitor& visitor) {
  visitor.text("port", port, "Serial device; a name below /dev/serial/by-id stays the same over reboots.", Presence::kRequired);
  visitor.integer("baud", baud, {1200, 115'200}, "Baud rate.");
  visitor.texts("devices", devices, "The station's turnstiles, as control area/unit/SCP: A002/R051/02-00-00.");
  visitor.text("time_zone", time_zone, "Of the devices' clocks: UTC, local (this machine's), or an offset such as -05:00.");
  visitor.real("people_per_minute_max", people_per_minute_max, {1, 10'000},
               "More people through one turnstile are taken for another register, not for people.");
  visitor.text("station_id", station_id, "Id of the station, unique in the deployment.", Presence::kRequired);
  visitor.text("name", name, "Name shown on the map; the id when empty.");
  visitor.real("lat", lat, {-90, 90}, "Latitude in degrees, WGS 84; without a position the station is on no map.");
  visitor.real("lon", lon, {-180, 180}, "Longitude in degrees, WGS 84.");
  visitor.texts("lines", lines, "The lines that stop there.");
  visitor.integer("report_interval_s", report_interval_s, {1, 604'800}, "How often the turnstiles are audited.");
}

Status TurnstileLinesSettings::validate() const {
  const auto& bauds = serial_bauds();
  if (std::find(bauds.begin(), bauds.end(), std::to_string(baud)) == bauds.end()) {
    return Error{"baud: is no standard rate (got " + std::to_string(baud) + ")", "9600"};
  }
  if (!utc_in_zone({2026, 1, 1, 0, 0, 0}, time_zone)) {
    return Error{"time_zone: is none (got " + time_zone + ")", "UTC, local, or an offset such as -05:00"};
  }
  if (valid_station_id(station_id)) return {};
  return Error{"station_id: is no station id (got " + station_id + ")", "1 to 64 of A-Z a-z 0-9 . _ : -, anything else as %XX"};
}

class TurnstileLinesDriver::Impl : public std::enable_shared_from_this<TurnstileLinesDriver::Impl> {
 public:
  Impl(const TurnstileLinesSettings& settings, DriverHost& host, std::unique_ptr<SerialPort> port)
      : settings_(settings),
        host_(host),
        times_(host),
        audits_(host, settings.station_id, settings.people_per_minute_max),
        reader_(std::make_shared<SerialReader>(host, std::move(port), settings.port, kLineBytesMax,
                                               [this](std::string_view line, bool first) { read(line, first); })) {}

  void start() {
    TableStation station{settings_.station_id, "rail", settings_.name, {}, {}, {}, {}, settings_.lines, {}};
    set_position(station, settings_.lat, settings_.lon);
    host_.announce(
        {settings_.station_id, station_info_json(station, settings_.station_id, {std::string(to_text(Stream::kTurnstile))},
                                                 settings_.report_interval_s)});
    reader_->start();
  }

  void stop() { reader_->stop(); }

  TurnstileLinesCounters counters() const {
    TurnstileLinesCounters counters = counters_;
    counters.registers = audits_.counters();
    return counters;
  }

 private:
  void read(std::string_view line, bool first) {
    auto parsed = parse_audit_line(line);
    if (const auto* reason = std::get_if<AuditReason>(&parsed)) {
      if (!first) return refuse(*reason, line);
      ++counters_.cut_lines;
      return;
    }
    AuditLine& audits = std::get<AuditLine>(parsed);
    if (std::find(settings_.devices.begin(), settings_.devices.end(), audits.device) == settings_.devices.end()) {
      host_.unknown_device({audits.device, "turnstile_lines", "devices = [" + listed_with(audits.device) + "]\n"});
      return refuse(AuditReason::kUnknownDevice, line);
    }
    reader_->line_was_good();
    if (waiting_.size() >= kWaitingMax) {
      ++counters_.not_stored;  // its registers are cumulative: the next line says the same and more
      return;
    }
    waiting_.push_back(std::move(audits));
    if (waiting_.size() == 1) take();
  }

  std::string listed_with(const std::string& device) const {
    std::string list;
    for (const std::string& known : settings_.devices) {
      append_json_string(list, known);
      list += ", ";
    }
    append_json_string(list, device);
    return list;
  }

  void refuse(AuditReason reason, std::string_view line) {
    ++counters_.refused[static_cast<std::size_t>(reason)];
    reader_->refused(to_text(reason), line);
    if (reason != AuditReason::kUnknownDevice) reader_->line_was_noise();
  }

  /// The first of the waiting lines; the others wait for its commit, because totals are made of totals.
  void take() {
    TurnstileAudits::Group group;
    const AuditLine& line = waiting_.front();
    for (const Audit& audit : line.audits) {
      const auto device_time = utc_in_zone(audit.at, settings_.time_zone);
      const auto at = times_.judge(line.device, device_time, !device_time);
      audits_.take(line.device, audit, at ? at : host_.now(), group);
    }
    if (group.observations.empty()) return next();
    const std::size_t count = line.audits.size();
    host_.accept(std::move(group.observations), std::move(group.memories),
                 [weak = weak_from_this(), count](const Status& status) {
                   if (const auto self = weak.lock()) self->committed(status, count);
                 });
  }

  void committed(const Status& status, std::size_t count) {
    if (status.ok()) {
      counters_.audits += count;
    } else {
      ++counters_.not_stored;
      audits_.forget_uncommitted();
      log_limited(LogLevel::kError, "reading_not_stored", settings_.port, {{"error", status.error().message}});
    }
    next();
  }

  void next() {
    waiting_.pop_front();
    if (!waiting_.empty()) take();
  }

  const TurnstileLinesSettings& settings_;
  DriverHost& host_;
  DeviceTimes times_;
  TurnstileAudits audits_;
  std::shared_ptr<SerialReader> reader_;
  std::deque<AuditLine> waiting_;  // the first one is under way
  TurnstileLinesCounters counters_;
};

TurnstileLinesDriver::TurnstileLinesDriver(const TurnstileLinesSettings& settings, DriverHost& host,
                                           std::unique_ptr<SerialPort> port)
    : impl_(std::make_shared<Impl>(settings, host, std::move(port))) {}
TurnstileLinesDriver::~TurnstileLinesDriver() { impl_->stop(); }
Status TurnstileLinesDriver::start() {
  impl_->start();
  return {};
}
void TurnstileLinesDriver::stop() { impl_->stop(); }
TurnstileLinesCounters TurnstileLinesDriver::counters() const { return impl_->counters(); }

std::map<std::string, std::uint64_t> TurnstileLinesDriver::counts() const {
  const TurnstileLinesCounters counters = impl_->counters();
  std::map<std::string, std::uint64_t> counts{{"audits", counters.audits},
                                              {"cut_lines", counters.cut_lines},
                                              {"not_stored", counters.not_stored},
                                              {"late_audits", counters.registers.late},
                                              {"events_unused", counters.registers.events_unused}};
  for (std::size_t i = 1; i < kRegisterChangeCount; ++i) {
    counts["registers_" + std::string(to_text(static_cast<RegisterChange>(i)))] = counters.registers.changes[i];
  }
  return counts;
}

DriverEntry turnstile_lines_driver() {
  return {"turnstile_lines", "cumulative registers of turnstiles (MTA audit lines) from a serial port",
          [] { return std::make_unique<TurnstileLinesSettings>(); },
          [](const SettingsGroup& group, DriverHost& host) -> std::unique_ptr<Driver> {
            const auto& settings = static_cast<const TurnstileLinesSettings&>(group);
            return std::make_unique<TurnstileLinesDriver>(
                settings, host, make_serial_port(host.loop(), settings.port, static_cast<int>(settings.baud)));
          },
          [](const SettingsGroup& group) {
            return std::vector<std::string>{static_cast<const TurnstileLinesSettings&>(group).station_id};
          }};
}

}  // namespace wayside::edge
