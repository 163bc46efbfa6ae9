#include "central/gold_row.h"

#include <array>
#include <cmath>

#include "central/account.h"
#include "central/gold_weather.h"

namespace wayside::central {
namespace {

constexpr std::array<std::string_view, 3> kResolutions{"minute", "hour", "day"};
constexpr char kGroupSeparator = '\x1f';

const std::vector<GoldColumn>& bike_columns() {
  static const std::vector<GoldColumn> kColumns{
      {"num_bikes_available_mean", 3, "bikes, weighted by time"},
      {"num_bikes_available_min", 0, "fewest bikes"},
      {"num_bikes_available_max", 0, "most bikes"},
      {"num_docks_available_mean", 3, "free docks, weighted by time"},
      {"num_docks_available_min", 0, "fewest free docks"},
      {"num_docks_available_max", 0, "most free docks"},
      {"minutes_empty", 3, "without a bike"},
      {"minutes_full", 3, "without a free dock"},
      {"bikes_taken_min", 0, "at least so many bikes left: net between readings"},
      {"bikes_returned_min", 0, "at least so many bikes came: net between readings"},
      {"availability_rate_mean", 4, "bikes available / all docks, weighted by time"},
      {"utilization_rate_mean", 4, "1 - availability rate: share of the docks whose bike is out or not to be had"},
      {"minutes_covered", 3, "for which the number of bikes is known"},
      {"readings", 0, "readings in the bucket"}};
  return kColumns;
}

const std::vector<GoldColumn>& arrival_columns() {
  static const std::vector<GoldColumn> kColumns{
      {"arrivals", 0, "trains that came"},
      {"arrivals_out_of_service", 0, "of these out of service"},
      {"arrivals_broken_down", 0, "of these broken down"},
      {"headways", 0, "times between two trains in service of that line and direction, the later one in the bucket"},
      {"headway_mean_s", 1, "their mean"},
      {"headway_max_s", 1, "the longest"},
      {"minutes_covered", 3, "in which the sensor was alive"}};
  return kColumns;
}

const std::vector<GoldColumn>& turnstile_columns() {
  static const std::vector<GoldColumn> kColumns{{"entries", 0, "people in"},
                                                {"exits", 0, "people out"},
                                                {"pulses", 0, "pulses"},
                                                {"minutes_covered", 3, "in which the turnstile was alive"},
                                                {"readings", 0, "readings in the bucket"}};
  return kColumns;
}

double power_of_ten(int decimals) {
  constexpr std::array<double, 7> kPowers{1, 10, 100, 1000, 10'000, 100'000, 1'000'000};
  return kPowers.at(static_cast<std::size_t>(decimals));
}

}  // namespace

std::string_view to_text(Resolution resolution) { return kResolutions[static_cast<std::size_t>(resolution)]; }

std::optional<Resolution> parse_resolution(std::string_view text) {
  for (std::size_t i = 0; i < kResolutions.size(); ++i) {
    if (kResolutions[i] == text) return static_cast<Resolution>(i);
  }
  return std::nullopt;
}

std::int64_t width_ms(Resolution resolution) {
  constexpr std::array<std::int64_t, 3> kWidths{60'000, 3'600'000, kDayMs};
  return kWidths[static_cast<std::size_t>(resolution)];
}

std::span<const GoldColumn> gold_columns(Stream stream) {
  switch (stream) {
    case Stream::kBikeStatus: return bike_columns();
    case Stream::kWeather: return weather_columns();
    case Stream::kArrival: return arrival_columns();
    case Stream::kTurnstile: return turnstile_columns();
    default: return {};
  }
}

std::string gold_group(std::string_view route, std::string_view direction) {
  return std::string(route) + kGroupSeparator + std::string(direction);
}

RouteDirection split_gold_group(std::string_view group) {
  const std::size_t at = group.find(kGroupSeparator);
  if (at == std::string_view::npos) return {};
  return {group.substr(0, at), group.substr(at + 1)};
}

std::optional<std::int64_t> to_cell(std::optional<double> value, int decimals) {
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return std::llround(*value * power_of_ten(decimals));
}

double from_cell(std::int64_t cell, int decimals) { return static_cast<double>(cell) / power_of_ten(decimals); }

}  // namespace wayside::central
