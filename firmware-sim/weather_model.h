#pragma once

#include <cstdint>

#include "common/base/time.h"
#include "firmware-sim/random.h"

namespace wayside::sim {

/// Rain since the start of each period, in mm, as consoles count it.
struct RainTotals {
  double hour = 0;
  double day = 0;
  double week = 0;
  double month = 0;
  double year = 0;
};

/// One moment of weather, in the units of the contract.
struct WeatherSample {
  double air_temperature_C = 0;
  double dew_point_temperature_C = 0;
  double relative_humidity_pct = 0;
  double sea_level_pressure_hPa = 0;
  double surface_pressure_hPa = 0;
  double wind_speed_m_s = 0;
  double wind_gust_m_s = 0;
  double wind_from_deg = 0;
  double rain_rate_mm_h = 0;
  RainTotals rain;
  double solar_W_m2 = 0;
  double uv_index = 0;
  double pm10_ug_m3 = 0;
  double pm2p5_ug_m3 = 0;
  double indoor_temperature_C = 0;
  double indoor_humidity_pct = 0;
  const char* condition = "sunny";  ///< sunny, partly_cloudy, cloudy, windy or precipitation
};

/// How one post's weather differs from its region's.
struct Locality {
  double warmer_C = 0;
  double wind_factor = 1;
  double wind_turned_deg = 0;
  double rain_factor = 1;
};
Locality random_locality(Random random);
WeatherSample localize(const WeatherSample& region, const Locality& locality);

/// Smooth weather of one region: daily waves with slow random wandering and showers. The same seed and the same times
/// give the same weather. Several devices may share one. Not thread-safe.
class WeatherModel {
 public:
  WeatherModel(Random random, UtcTime start);

  /// The weather at `now`; an older time gets the latest weather. Long gaps are walked through in steps of 10 s, at most a day.
  const WeatherSample& at(UtcTime now);

 private:
  void walk(double seconds, UtcTime now);
  void fall(double seconds, UtcTime now);
  void derive(UtcTime now);

  Random random_;
  UtcTime now_;
  WeatherSample sample_;
  // Slow wandering around the mean of each quantity.
  double warmth_C_;
  double pressure_hPa_;
  double breeze_m_s_;
  double clouds_;  ///< 0 clear, 1 covered
  double dust_ug_m3_;
  double shower_mm_h_ = 0;
};

}  // namespace wayside::sim
