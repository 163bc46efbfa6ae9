#include "firmware-sim/weather_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace wayside::sim {
namespace {

constexpr double kDaySeconds = 86'400;
constexpr double kStepSeconds = 10;
constexpr double kStationHeightMetres = 22;
constexpr double kMeanTemperatureCelsius = 12;

/// Ornstein-Uhlenbeck: wanders, but is pulled back to `mean` within about `memory_s`.
double wander(double value, double mean, double spread, double memory_s, double seconds, Random& random) {
  const double keep = std::exp(-seconds / memory_s);
  return mean + (value - mean) * keep + spread * std::sqrt(1 - keep * keep) * random.normal();
}

/// -1 at 3 in the night, +1 at 15 in the afternoon.
double warmth_of_day(UtcTime now) {
  const double fraction = static_cast<double>(now.seconds() % 86'400) / kDaySeconds;
  return std::cos(2 * std::numbers::pi * (fraction - 15.0 / 24));
}

/// 0 at night, 1 with the sun at its highest.
double sun_height(UtcTime now) {
  const double fraction = static_cast<double>(now.seconds() % 86'400) / kDaySeconds;
  return std::max(0.0, std::sin(2 * std::numbers::pi * (fraction - 0.25)));
}

/// In °C; Magnus formula, coefficients of Sonntag 1990.
double dew_point(double temperature, double humidity_pct) {
  const double gamma = std::log(humidity_pct / 100) + 17.62 * temperature / (243.12 + temperature);
  return 243.12 * gamma / (17.62 - gamma);
}

}  // namespace

Locality random_locality(Random random) {
  return {random.between(-0.8, 0.8), random.between(0.6, 1.2), random.between(-15, 15), random.between(0.8, 1.2)};
}

WeatherSample localize(const WeatherSample& region, const Locality& locality) {
  WeatherSample local = region;
  local.air_temperature_C += locality.warmer_C;
  local.relative_humidity_pct = std::clamp(region.relative_humidity_pct - 3 * locality.warmer_C, 15.0, 99.0);
  local.dew_point_temperature_C = dew_point(local.air_temperature_C, local.relative_humidity_pct);
  local.wind_speed_m_s *= locality.wind_factor;
  local.wind_gust_m_s *= locality.wind_factor;
  local.wind_from_deg = std::fmod(region.wind_from_deg + locality.wind_turned_deg + 360, 360.0);
  local.rain_rate_mm_h *= locality.rain_factor;
  for (double* total : {&local.rain.hour, &local.rain.day, &local.rain.week, &local.rain.month, &local.rain.year}) {
    *total *= locality.rain_factor;
  }
  return local;
}

WeatherModel::WeatherModel(Random random, UtcTime start)
    : random_(random),
      now_(start),
      warmth_C_(kMeanTemperatureCelsius + 3 * random_.normal()),
      pressure_hPa_(1013 + 8 * random_.normal()),
      breeze_m_s_(random_.between(1, 6)),
      clouds_(random_.uniform()),
      dust_ug_m3_(random_.between(4, 18)) {
  sample_.wind_from_deg = random_.between(0, 360);
  sample_.rain = {0, random_.between(0, 3), 0, 0, 0};
  sample_.rain.week = sample_.rain.day + random_.between(0, 12);
  sample_.rain.month = sample_.rain.week + random_.between(0, 40);
  sample_.rain.year = sample_.rain.month + random_.between(50, 400);
  derive(start);
}

const WeatherSample& WeatherModel::at(UtcTime now) {
  double left_s = std::min(kDaySeconds, static_cast<double>(now.ms - now_.ms) / 1000);
  while (left_s > 0) {
    const double step_s = std::min(kStepSeconds, left_s);
    left_s -= step_s;
    walk(step_s, UtcTime{now.ms - static_cast<std::int64_t>(left_s * 1000)});
  }
  return sample_;
}

void WeatherModel::walk(double seconds, UtcTime now) {
  warmth_C_ = wander(warmth_C_, kMeanTemperatureCelsius, 4, 40'000, seconds, random_);
  pressure_hPa_ = wander(pressure_hPa_, 1013, 9, 90'000, seconds, random_);
  breeze_m_s_ = wander(breeze_m_s_, 3.5, 2.2, 1'200, seconds, random_);
  clouds_ = std::clamp(wander(clouds_, 0.5, 0.35, 5'000, seconds, random_), 0.0, 1.0);
  dust_ug_m3_ = std::max(0.5, wander(dust_ug_m3_, 11, 5, 7'000, seconds, random_));
  sample_.wind_from_deg = std::fmod(sample_.wind_from_deg + 0.8 * std::sqrt(seconds) * random_.normal() + 360, 360.0);
  fall(seconds, now);
  derive(now);
}

/// Showers begin under thick clouds and last about ten minutes. Totals begin anew with each period, in UTC.
void WeatherModel::fall(double seconds, UtcTime now) {
  if (shower_mm_h_ > 0 && random_.chance(seconds / 600)) {
    shower_mm_h_ = 0;
  } else if (shower_mm_h_ == 0 && clouds_ > 0.75 && random_.chance(seconds / 1'500)) {
    shower_mm_h_ = random_.between(0.6, 9);
  }
  const std::string before = format_rfc3339(now_);
  const std::string after = format_rfc3339(now);
  const auto week = [](UtcTime time) { return (time.seconds() / 86'400 + 3) / 7; };  // weeks begin on Monday
  if (before.substr(0, 13) != after.substr(0, 13)) sample_.rain.hour = 0;
  if (before.substr(0, 10) != after.substr(0, 10)) sample_.rain.day = 0;
  if (week(now_) != week(now)) sample_.rain.week = 0;
  if (before.substr(0, 7) != after.substr(0, 7)) sample_.rain.month = 0;
  if (before.substr(0, 4) != after.substr(0, 4)) sample_.rain.year = 0;
  const double fallen_mm = shower_mm_h_ * seconds / 3600;
  for (double* total : {&sample_.rain.hour, &sample_.rain.day, &sample_.rain.week, &sample_.rain.month, &sample_.rain.year}) {
    *total += fallen_mm;
  }
  now_ = now;
}

void WeatherModel::derive(UtcTime now) {
  WeatherSample& s = sample_;
  const double sun = sun_height(now) * (1 - 0.75 * clouds_);
  s.air_temperature_C = warmth_C_ + 4.5 * warmth_of_day(now) * (1 - 0.5 * clouds_) - 0.4 * std::min(shower_mm_h_, 5.0);
  s.relative_humidity_pct = std::clamp(
      68 - 2.2 * (s.air_temperature_C - kMeanTemperatureCelsius) + 18 * (clouds_ - 0.5) + 3 * shower_mm_h_, 18.0, 99.0);
  s.dew_point_temperature_C = dew_point(s.air_temperature_C, s.relative_humidity_pct);
  s.sea_level_pressure_hPa = pressure_hPa_;
  s.surface_pressure_hPa = pressure_hPa_ - kStationHeightMetres / 8.3;  // about 1 hPa per 8.3 m near the sea
  s.wind_speed_m_s = std::max(0.0, breeze_m_s_);
  s.wind_gust_m_s = s.wind_speed_m_s * 1.5;
  s.rain_rate_mm_h = shower_mm_h_;
  s.solar_W_m2 = 950 * sun;
  s.uv_index = 8 * sun;
  s.pm2p5_ug_m3 = dust_ug_m3_;
  s.pm10_ug_m3 = dust_ug_m3_ * 1.6;
  s.indoor_temperature_C = 20 + 0.1 * (s.air_temperature_C - kMeanTemperatureCelsius);
  s.indoor_humidity_pct = 45;
  s.condition = shower_mm_h_ > 0       ? "precipitation"
                : s.wind_speed_m_s > 8 ? "windy"
                : clouds_ > 0.65       ? "cloudy"
                : clouds_ > 0.3        ? "partly_cloudy"
                                       : "sunny";
}

}  // namespace wayside::sim
