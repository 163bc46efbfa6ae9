#include "edge/drivers/gpio.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <ctime>

#include "common/base/log.h"
#include "edge/drivers/driver_state.h"
#include "edge/drivers/gpio_event.h"
#include "edge/drivers/gpio_station.h"
#include "edge/drivers/json_line.h"

namespace wayside::edge {

void GpioLineSettings::describe(SettingsVisitor& visitor) {
  visitor.integer("offset", offset, {0, 1023}, "Number of the line on the chip, as gpioinfo shows it.");
  visitor.text("station_id", station_id, "The [[source.station]] it belongs to.", Presence::kRequired);
  visitor.choice("role", role, {"dock", "entries", "exits", "pulses", "arrival", "rain"},
                 "dock: active is occupied; entries, exits, pulses: one a pulse; arrival: a relay; rain: a tipping bucket.");
  visitor.boolean("active_low", active_low, "Active when the line is low, as with a switch to ground.");
  visitor.choice("bias", bias, {"as-is", "pull-up", "pull-down", "disabled"}, "The chip's own resistor.");
  visitor.integer("debounce_us", debounce_us, {0, 1'000'000}, "The kernel takes edges nearer than this for one; 0: none.");
  visitor.real("mm_per_pulse", mm_per_pulse, {0.001, 10}, "Of rain: what one tip stands for.");
  visitor.text("route_id", route_id, "Of arrival: the line that stops there; may be empty.");
  visitor.text("direction_id", direction_id, "Of arrival: the direction of travel, such as a or b; may be empty.");
}

GpioLineRequest GpioLineSettings::request() const {
  return {static_cast<std::uint32_t>(offset), active_low, bias, role == "dock", static_cast<std::uint32_t>(debounce_us)};
}

Stream GpioLineSettings::stream() const {
  if (role == "dock") return Stream::kBikeStatus;
  if (role == "rain") return Stream::kWeather;
  return role == "arrival" ? Stream::kArrival : Stream::kTurnstile;
}

void GpioSettings::describe(SettingsVisitor& visitor) {
  visitor.text("chip", chip, "The GPIO character device; a name below /dev that udev keeps is better than a number.");
  visitor.integer("gather_ms", gather_ms, {0, 60'000}, "How long changes of docks and counters gather into one reading.");
  visitor.list_of("line", lines, "The lines to watch.");
  visitor.list_of("station", stations, "The stations that the lines belong to.");
}

std::vector<GpioLineRequest> GpioSettings::requests() const {
  std::vector<GpioLineRequest> requests;
  for (const auto& line : lines) requests.push_back(line->request());
  return requests;
}

Status GpioSettings::validate() const {
  if (lines.empty()) return Error{"line: there is none", "add a [[source.line]] table"};
  if (lines.size() > kGpioLinesMax) return Error{"line: there are over 64", "split them over two sources"};
  if (gpio_attributes(requests()) > kGpioAttributesMax) {
    return Error{"line: over 10 different kinds of bias, active_low and debounce_us", "split them over two sources"};
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const auto same =
        std::count_if(lines.begin(), lines.end(), [&](const auto& other) { return other->offset == line->offset; });
    if (same > 1)
      return Error{"line.offset: is there twice (got " + std::to_string(line->offset) + ")", "one table for each line"};
    const auto station = std::find_if(stations.begin(), stations.end(),
                                      [&](const auto& other) { return other->station_id == line->station_id; });
    if (station == stations.end()) {
      return Error{"line.station_id: is in no [[source.station]] (got " + line->station_id + ")", "add its table"};
    }
    if (line->route_id.size() > 64 || line->direction_id.size() > 8) {
      return Error{"line.route_id or direction_id: is too long", "at most 64 and 8 characters"};
    }
  }
  return {};
}

class GpioDriver::Impl : public std::enable_shared_from_this<GpioDriver::Impl> {
 public:
  Impl(const GpioSettings& settings, DriverHost& host, std::unique_ptr<GpioPort> port, BackOff back_off)
      : settings_(settings),
        host_(host),
        port_(std::move(port)),
        back_off_(back_off),
        state_(host, settings.chip),
        handover_(host, settings.chip),
        counters_(host),
        reopen_(host.loop()),
        gather_(host.loop()),
        interval_(host.loop()) {
    for (const auto& station : settings.stations) {
      stations_.push_back(std::make_unique<GpioStation>(*station, settings.lines, host, handover_, counters_));
    }
    for (const auto& line : settings.lines) {
      for (auto& station : stations_) {
        if (station->id() == line->station_id)
          by_offset_[static_cast<std::uint32_t>(line->offset)] = {station.get(), line.get()};
      }
    }
  }

  void start() {
    for (const auto& station : stations_) host_.announce(station->info());
    open();
    tick();
  }

  void stop() {
    stopped_ = true;
    flush();
    reopen_.cancel();
    gather_.cancel();
    interval_.cancel();
    port_->close();
  }

  void flush() {
    gathering_ = false;
    for (const auto& station : stations_) station->report_changes();
  }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()}, {"edges", edges_}, {"lost_edges", lost_}, {"opened", opened_}};
  }

 private:
  struct Place {
    GpioStation* station = nullptr;
    const GpioLineSettings* line = nullptr;
  };

  void open() {
    std::set<std::uint32_t> offsets;
    for (const auto& [offset, place] : by_offset_) offsets.insert(offset);
    reader_ = GpioEventReader(std::move(offsets));
    const Status opened = port_->open(
        [weak = weak_from_this()](std::string_view bytes) {
          if (const auto self = weak.lock()) self->take(bytes);
        },
        [weak = weak_from_this()](const std::string& why) {
          if (const auto self = weak.lock()) self->lost(self->settings_.chip + ": " + why);
        });
    if (!opened.ok()) return lost(opened.error().message + " (" + opened.error().hint + ")");
    // Only now: an edge between a look and the request would be missed.
    if (!read_levels()) return;
    ++opened_;
    back_off_.reset();
    state_.ok();
    log_info("gpio_opened", {{"chip", settings_.chip}, {"lines", settings_.lines.size()}});
  }

  bool read_levels() {
    const auto levels = port_->levels();
    if (!levels) {
      lost(levels.error().message);
      return false;
    }
    for (const auto& [offset, active] : *levels) {
      const auto place = by_offset_.find(offset);
      if (place != by_offset_.end()) place->second.station->set_level(*place->second.line, active);
    }
    flush();
    return true;
  }

  void lost(const std::string& why) {
    port_->close();
    for (const auto& station : stations_) station->forget_levels();
    state_.fault(why);
    if (stopped_) return;
    reopen_.expires_after(back_off_.next());
    reopen_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self && !self->stopped_) self->open();
    });
  }

  void take(std::string_view bytes) {
    const auto read = reader_.read(bytes);
    if (const auto* reason = std::get_if<GpioReason>(&read)) {
      return host_.refused({std::string(to_text(*reason)), settings_.chip, shown_hex(bytes)});
    }
    const auto& [event, lost_before] = std::get<GpioEventReader::Read>(read);
    const Place& place = by_offset_.at(event.offset);
    ++edges_;
    if (lost_before > 0) note_lost(event.offset, lost_before);
    place.station->take(*place.line, event.rising, lost_before, time_of(event.timestamp_ns));
    if (lost_before > 0 && place.line->role == "dock") read_levels();
    if (settings_.gather_ms == 0) return flush();
    if (std::exchange(gathering_, true)) return;
    gather_.expires_after(std::chrono::milliseconds(settings_.gather_ms));
    gather_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self) self->flush();
    });
  }

  void note_lost(std::uint32_t offset, std::uint32_t count) {
    lost_ += count;
    log_limited(
        LogLevel::kWarn, "gpio_edges_lost", settings_.chip + std::to_string(offset),
        {{"chip", settings_.chip},
         {"line", offset},
         {"lost", count},
         {"lost_total", lost_},
         {"why", "more edges came than the kernel's buffer holds; pulses are counted all the same, without their times"}});
  }

  /// When an edge was; nothing while the time is unknown.
  std::optional<UtcTime> time_of(std::uint64_t timestamp_ns) const {
    const auto now = host_.now();
    if (!now) return std::nullopt;
    timespec monotonic{};
    ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
    const std::int64_t now_ns = static_cast<std::int64_t>(monotonic.tv_sec) * 1'000'000'000 + monotonic.tv_nsec;
    const std::int64_t age_ms =
        std::clamp<std::int64_t>((now_ns - static_cast<std::int64_t>(timestamp_ns)) / 1'000'000, 0, 3'600'000);
    return UtcTime{now->ms - age_ms};
  }

  /// Every second: whose report is due.
  void tick() {
    interval_.expires_after(std::chrono::seconds(1));
    interval_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      for (const auto& station : self->stations_) station->report_when_due(self->state_.is_ok());
      self->tick();
    });
  }

  const GpioSettings& settings_;
  DriverHost& host_;
  std::unique_ptr<GpioPort> port_;
  BackOff back_off_;
  DriverState state_;
  Handover handover_;
  KeptCounters counters_;
  boost::asio::steady_timer reopen_;
  boost::asio::steady_timer gather_;
  boost::asio::steady_timer interval_;
  GpioEventReader reader_{{}};
  std::vector<std::unique_ptr<GpioStation>> stations_;
  std::map<std::uint32_t, Place> by_offset_;
  std::uint64_t edges_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t opened_ = 0;
  bool gathering_ = false;
  bool stopped_ = false;
};

GpioDriver::GpioDriver(const GpioSettings& settings, DriverHost& host, std::unique_ptr<GpioPort> port, BackOff back_off)
    : impl_(std::make_shared<Impl>(settings, host, std::move(port), back_off)) {}
GpioDriver::~GpioDriver() { impl_->stop(); }
Status GpioDriver::start() {
  impl_->start();
  return {};
}
void GpioDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> GpioDriver::counts() const { return impl_->counts(); }
void GpioDriver::flush() { impl_->flush(); }

DriverEntry gpio_driver() {
  return {"gpio", "docks, turnstile pulses, arrival relays and rain buckets on GPIO lines",
          [] { return std::make_unique<GpioSettings>(); },
          [](const SettingsGroup& group, DriverHost& host) -> std::unique_ptr<Driver> {
            const auto& settings = static_cast<const GpioSettings&>(group);
            return std::make_unique<GpioDriver>(settings, host,
                                                make_gpio_port(host.loop(), settings.chip, settings.requests()));
          },
          [](const SettingsGroup& group) {
            std::vector<std::string> stations;
            for (const auto& station : static_cast<const GpioSettings&>(group).stations)
              stations.push_back(station->station_id);
            return stations;
          }};
}

}  // namespace wayside::edge
