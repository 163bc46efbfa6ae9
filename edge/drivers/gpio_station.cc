#include "edge/drivers/gpio_station.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace wayside::edge {

using nlohmann::json;

namespace {

constexpr const char* kRainField = "tips";

std::string field_of(const GpioLineSettings& line) { return line.role == "rain" ? kRainField : line.role + "_total"; }

/// A rain bucket's tips as the contract's millimetres.
std::string rain_values(const std::string& kept, double mm_per_pulse) {
  const json totals = json::parse(kept);
  const double mm = totals.at(kRainField).get<double>() * mm_per_pulse;
  return json{{"precipitation_total_mm", std::round(mm * 1e4) / 1e4}, {"counter_id", totals.at("counter_id")}}.dump();
}

}  // namespace

GpioStation::GpioStation(const StationSettings& settings, const std::vector<std::unique_ptr<GpioLineSettings>>& lines,
                         DriverHost& host, Handover& handover, KeptCounters& counters)
    : settings_(settings), host_(host), handover_(handover), counters_(counters), last_report_(host.clock().monotonic()) {
  for (const auto& line : lines) {
    if (line->station_id != settings.station_id) continue;
    const Stream stream = line->stream();
    if (std::find(streams_.begin(), streams_.end(), stream) == streams_.end()) streams_.push_back(stream);
    if (stream == Stream::kBikeStatus) ++dock_lines_;
    // Said from the start, so that a total of 0 is there before the first pulse.
    if (stream == Stream::kWeather || stream == Stream::kTurnstile) counting_of(*line).pending[field_of(*line)] += 0;
  }
}

GpioStation::Counting& GpioStation::counting_of(const GpioLineSettings& line) {
  const std::string key = settings_.station_id + (line.role == "rain" ? "/rain" : "");
  for (const auto& counting : countings_) {
    if (counting->key == key) return *counting;
  }
  countings_.push_back(std::make_unique<Counting>(Counting{key, line.stream(), line.mm_per_pulse}));
  countings_.back()->due = true;
  return *countings_.back();
}

void GpioStation::set_level(const GpioLineSettings& line, bool active) {
  if (line.role != "dock") return;
  const auto [dock, fresh] = docks_.try_emplace(line.offset, active);
  docks_changed_ = docks_changed_ || fresh || dock->second != active;
  dock->second = active;
}

void GpioStation::take(const GpioLineSettings& line, bool rising, std::uint32_t lost_before, std::optional<UtcTime> at) {
  if (line.role == "dock") return set_level(line, rising);
  if (line.role == "arrival") {
    json values = {{"vehicle_status", "in_service"}};
    if (!line.route_id.empty()) values["route_id"] = line.route_id;
    if (!line.direction_id.empty()) values["direction_id"] = line.direction_id;
    last_report_ = host_.clock().monotonic();
    return handover_.give({id(), Stream::kArrival, at, values.dump(-1, ' ', false, json::error_handler_t::replace)});
  }
  Counting& counting = counting_of(line);
  // The lost ones were seen by the kernel, which has numbered them: they count, only their times are gone.
  counting.pending[field_of(line)] += 1ULL + lost_before;
  counting.due = true;
}

void GpioStation::report_changes() {
  report_docks();
  for (const auto& counting : countings_) {
    if (counting->due) report_counting(*counting);
  }
}

void GpioStation::report_docks() {
  if (!docks_changed_ || docks_.size() < dock_lines_) return;
  docks_changed_ = false;
  last_report_ = host_.clock().monotonic();
  const auto occupied = std::count_if(docks_.begin(), docks_.end(), [](const auto& dock) { return dock.second; });
  const json values = {{"num_bikes_available", occupied},
                       {"num_docks_available", docks_.size() - static_cast<std::size_t>(occupied)}};
  handover_.give({id(), Stream::kBikeStatus, std::nullopt, values.dump()}, {}, [this](const Status& status) {
    if (!status.ok()) docks_changed_ = true;
  });
}

void GpioStation::report_counting(Counting& counting) {
  if (counting.committing) return;  // due stays: at the end of that commit
  counting.committing = true;
  counting.due = false;
  last_report_ = host_.clock().monotonic();
  auto sent = std::exchange(counting.pending, {});
  const auto step = counters_.add(counting.key, sent, host_.now());
  const std::string values =
      counting.stream == Stream::kWeather ? rain_values(step.values, counting.mm_per_pulse) : step.values;
  handover_.give({id(), counting.stream, step.observed_at, values}, {step.memory},
                 [this, &counting, sent = std::move(sent)](const Status& status) {
                   counting.committing = false;
                   if (status.ok()) {
                     if (counting.due) report_counting(counting);
                     return;
                   }
                   // Nothing is forgotten: it is offered again with the next pulse or report.
                   counters_.forget_uncommitted();
                   for (const auto& [field, count] : sent) counting.pending[field] += count;
                 });
}

void GpioStation::report_when_due(bool watched) {
  if (!watched || host_.clock().monotonic() - last_report_ < std::chrono::seconds(settings_.report_interval_s)) return;
  last_report_ = host_.clock().monotonic();
  docks_changed_ = docks_changed_ || dock_lines_ > 0;
  for (const auto& counting : countings_) counting->due = true;
  report_changes();
  const bool arrivals = std::find(streams_.begin(), streams_.end(), Stream::kArrival) != streams_.end();
  if (arrivals) handover_.give({id(), Stream::kArrival, std::nullopt, "{}"});  // alive, no train
}

}  // namespace wayside::edge
