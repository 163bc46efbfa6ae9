#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "central/observation_reader.h"

namespace wayside::central {

/// What is forecast of a bike station.
enum class ForecastField : std::uint8_t { kBikes, kDocks };
inline constexpr std::array kForecastFields{ForecastField::kBikes, ForecastField::kDocks};
/// `num_bikes_available`, `num_docks_available`.
std::string_view to_text(ForecastField field);

/// Bikes and docks are looked at every tenth minute of UTC; such a moment has a number, counted since 1970.
inline constexpr std::int64_t kMomentMs = 600'000;
inline constexpr std::int64_t kMomentsOfDay = 144;

/// A station's bikes and docks at the moments of some time: what the last reading before each had said. A pure function of
/// the readings. A value holds as it does for gold (GoldBuilder), but only what came before a moment tells of it.
class Levels {
 public:
  /// Moments from `first` to before `end`, none of them known.
  Levels(std::int64_t first, std::int64_t end);

  /// Readings in the order of their times, beginning kCarryMaxMs before the first moment.
  void add(const Observation& observation);
  /// No further reading came until `at` (ms).
  void reach(std::int64_t at);
  /// What holds at the time last reached.
  std::optional<int> held(ForecastField field) const;

  std::int64_t first() const { return first_; }
  std::int64_t end() const { return first_ + static_cast<std::int64_t>(counts_[0].size()); }
  /// Nothing where it is not known, and outside.
  std::optional<int> at(ForecastField field, std::int64_t moment) const;
  /// Nothing when either end is not known.
  std::optional<int> change(ForecastField field, std::int64_t moment, std::int64_t moments) const;

 private:
  bool holds_at(std::int64_t at) const;

  std::int64_t first_;
  std::int64_t next_;  ///< the first moment about which nothing has been said
  std::array<std::vector<std::int16_t>, 2> counts_;
  std::array<std::int16_t, 2> held_{};
  std::int64_t seen_at_ = 0;
  std::int64_t held_at_ = 0;
  std::int64_t gap_limit_ms_ = 0;
  std::int64_t reached_at_ = 0;
};

/// Of a station out of silver, from the moment `first` to the last one up to `until_ms`. Any connection; holds the readings
/// of one day in memory.
Result<Levels> read_levels(ObservationReader& readings, StationPk station, std::int64_t first, std::int64_t until_ms);

}  // namespace wayside::central
