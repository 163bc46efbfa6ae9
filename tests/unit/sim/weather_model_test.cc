// Proves that the weather is believable over a month (ranges, smoothness, rain that only grows within its period) and
// that a seed replays it.

#include "firmware-sim/weather_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace wayside::sim {
namespace {

constexpr UtcTime kStart = UtcTime::from_seconds(1'795'000'000);

TEST(WeatherModel, stays_within_believable_bounds_for_a_month) {
  WeatherModel model(Random(5), kStart);
  WeatherSample last = model.at(kStart);
  double rained_mm = 0;
  for (int minute = 1; minute < 30 * 24 * 60; ++minute) {
    const WeatherSample& now = model.at(UtcTime{kStart.ms + minute * 60'000LL});
    ASSERT_GT(now.air_temperature_C, -25);
    ASSERT_LT(now.air_temperature_C, 45);
    ASSERT_LT(std::abs(now.air_temperature_C - last.air_temperature_C), 3) << "minute " << minute;
    ASSERT_LE(now.dew_point_temperature_C, now.air_temperature_C + 1e-9);
    ASSERT_GT(now.sea_level_pressure_hPa, 950);
    ASSERT_LT(now.sea_level_pressure_hPa, 1075);
    ASSERT_GE(now.wind_speed_m_s, 0);
    ASSERT_GE(now.wind_gust_m_s, now.wind_speed_m_s);
    ASSERT_GE(now.wind_from_deg, 0);
    ASSERT_LT(now.wind_from_deg, 360);
    if (now.rain.year >= last.rain.year) rained_mm += now.rain.year - last.rain.year;
    ASSERT_GE(now.rain.year + 1e-9, now.rain.hour);
    last = now;
  }
  EXPECT_GT(rained_mm, 1);
}

TEST(WeatherModel, is_the_same_for_a_seed) {
  WeatherModel one(Random(9), kStart);
  WeatherModel two(Random(9), kStart);
  for (int step = 1; step < 500; ++step) {
    const UtcTime now{kStart.ms + step * 7'000LL};
    EXPECT_EQ(one.at(now).air_temperature_C, two.at(now).air_temperature_C);
    EXPECT_EQ(one.at(now).rain.year, two.at(now).rain.year);
  }
}

TEST(WeatherModel, knows_the_dew_point_of_saturated_air) {
  WeatherSample sample;
  sample.air_temperature_C = 15;
  sample.relative_humidity_pct = 60;
  // 7.3 °C by the tables for 15 °C and 60 %.
  EXPECT_NEAR(localize(sample, {}).dew_point_temperature_C, 7.3, 0.1);
}

}  // namespace
}  // namespace wayside::sim
