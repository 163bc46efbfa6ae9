#include "central/forecast_levels.h"

#include <algorithm>

#include "central/field_picker.h"

namespace wayside::central {
namespace {

constexpr std::int16_t kUnknown = -1;
constexpr double kCountMax = 32'000;

/// Bikes and docks are the first two of what gold reads of a bike station.
std::int16_t count_of(std::span<const std::string_view> values, std::size_t at) {
  const auto number = at < values.size() ? number_of(values[at]) : std::nullopt;
  return number && *number >= 0 && *number <= kCountMax ? static_cast<std::int16_t>(*number) : kUnknown;
}

}  // namespace

std::string_view to_text(ForecastField field) {
  return GoldBuilder::fields(Stream::kBikeStatus)[static_cast<std::size_t>(field)];
}

Levels::Levels(std::int64_t first, std::int64_t end) : first_(first), next_(first) {
  for (auto& counts : counts_) counts.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, end - first)), kUnknown);
  held_.fill(kUnknown);
}

void Levels::reach(std::int64_t at) {
  for (; next_ < end() && next_ * kMomentMs <= at; ++next_) {
    if (!holds_at(next_ * kMomentMs)) continue;
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i][static_cast<std::size_t>(next_ - first_)] = held_[i];
  }
  reached_at_ = at;
}

bool Levels::holds_at(std::int64_t at) const { return at - seen_at_ <= kCarryMaxMs && at - held_at_ <= gap_limit_ms_; }

void Levels::add(const Observation& observation) {
  reach(observation.at - 1);
  if (!observation.heartbeat) {
    for (std::size_t i = 0; i < held_.size(); ++i) held_[i] = count_of(observation.values, i);
    seen_at_ = observation.at;
  }
  held_at_ = observation.at;
  gap_limit_ms_ = observation.gap_limit_ms;
}

std::optional<int> Levels::held(ForecastField field) const {
  const std::int16_t count = held_[static_cast<std::size_t>(field)];
  return count == kUnknown || !holds_at(reached_at_) ? std::nullopt : std::optional<int>(count);
}

std::optional<int> Levels::at(ForecastField field, std::int64_t moment) const {
  if (moment < first_ || moment >= end()) return std::nullopt;
  const std::int16_t count = counts_[static_cast<std::size_t>(field)][static_cast<std::size_t>(moment - first_)];
  return count == kUnknown ? std::nullopt : std::optional<int>(count);
}

std::optional<int> Levels::change(ForecastField field, std::int64_t moment, std::int64_t moments) const {
  const auto before = at(field, moment);
  const auto after = at(field, moment + moments);
  return before && after ? std::optional(*after - *before) : std::nullopt;
}

Result<Levels> read_levels(ObservationReader& readings, StationPk station, std::int64_t first, std::int64_t until_ms) {
  Levels levels(first, until_ms / kMomentMs + 1);
  WAYSIDE_TRY(readings.read(station, first * kMomentMs - kCarryMaxMs, until_ms + 1,
                            [&](const Observation& observation) { levels.add(observation); }));
  levels.reach(until_ms);
  return levels;
}

}  // namespace wayside::central
