#include "edge/drivers/nmea_window.h"

#include <cmath>
#include <numbers>

namespace wayside::edge {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kCalmM_s = 1e-4;             // below the 4 decimals of a reading
constexpr double kFullCircleDeg = 359.99995;  // would be rounded to 360: north is 0

}  // namespace

void NmeaWindow::add(const NmeaValues& values) {
  fields_.merge(values.fields);
  if (!values.wind) return;
  Wind& wind = winds_[static_cast<std::size_t>(values.wind->source)];
  ++wind.speeds;
  wind.speed += values.wind->speed_m_s;
  if (!values.wind->from_deg) return;
  ++wind.samples;
  wind.east += values.wind->speed_m_s * std::sin(*values.wind->from_deg * kRadians);
  wind.north += values.wind->speed_m_s * std::cos(*values.wind->from_deg * kRadians);
}

WeatherFields NmeaWindow::take() {
  WeatherFields reading = fields_;
  for (std::size_t i = 0; i < static_cast<std::size_t>(WindSample::Source::kRelative); ++i) {
    if (winds_[i].speeds == 0) continue;
    reading.set_number("wind_speed_m_s", mean_speed(winds_[i]));
    if (const auto direction = mean_direction(winds_[i])) reading.set_number("wind_from_direction_deg", *direction);
    break;
  }
  const Wind& relative = winds_[static_cast<std::size_t>(WindSample::Source::kRelative)];
  if (relative.speeds != 0) {
    reading.set_number("relative_wind_speed_m_s", mean_speed(relative));
    if (const auto direction = mean_direction(relative)) reading.set_number("relative_wind_from_direction_deg", *direction);
  }
  *this = NmeaWindow();
  return reading;
}

bool NmeaWindow::has_wind() const {
  for (const Wind& wind : winds_) {
    if (wind.speeds != 0) return true;
  }
  return false;
}

double NmeaWindow::mean_speed(const Wind& wind) { return wind.speed / wind.speeds; }

std::optional<double> NmeaWindow::mean_direction(const Wind& wind) {
  if (wind.samples == 0 || std::hypot(wind.east, wind.north) / wind.samples < kCalmM_s) return std::nullopt;
  double degrees = std::atan2(wind.east, wind.north) / kRadians;
  if (degrees < 0) degrees += 360;
  return degrees < kFullCircleDeg ? degrees : 0;
}

}  // namespace wayside::edge
