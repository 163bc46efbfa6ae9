#pragma once

#include <array>

#include "edge/drivers/nmea_weather.h"

namespace wayside::edge {

/// Gathers the sentences of one report interval into one reading: of wind the mean speed and the direction of the vector
/// mean (mean of the samples' east and north parts), of everything else the last value. The length of that vector is no wind
/// speed: 5 m/s from the north and 5 m/s from the south are not a calm.
class NmeaWindow {
 public:
  void add(const NmeaValues& values);
  bool empty() const { return !fields_.has_measurement() && !has_wind(); }
  /// The reading; the window is empty afterwards.
  WeatherFields take();

 private:
  struct Wind {
    int samples = 0;  ///< with a direction
    double east = 0;  ///< sum of speed * sin(direction)
    double north = 0;
    int speeds = 0;  ///< all, for instruments that give no direction
    double speed = 0;
  };
  bool has_wind() const;
  static double mean_speed(const Wind& wind);
  /// Nothing in a calm, and when the samples cancel each other out.
  static std::optional<double> mean_direction(const Wind& wind);

  WeatherFields fields_;
  std::array<Wind, kWindSourceCount> winds_{};
};

}  // namespace wayside::edge
