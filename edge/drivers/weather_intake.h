#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "edge/driver.h"
#include "edge/drivers/device_times.h"
#include "edge/drivers/http_push_settings.h"
#include "edge/drivers/weather_rain.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Makes readings of weather uploads whose device is known: time, rain counter, what had to be left out. Lives on the host's
/// loop.
class WeatherIntake {
 public:
  /// A reading, and what must be kept in the same commit.
  struct Taken {
    Observation observation;
    std::optional<Memory> memory;
  };

  WeatherIntake(DriverHost& host, DeviceTimes& times) : host_(host), times_(times), rain_(host) {}

  std::variant<Taken, FrameRefusal> take(WeatherUpload& upload, const HttpPushDevice& device);
  void forget_uncommitted() { rain_.forget_uncommitted(); }
  /// Values left out of readings that went on without them, by `field/fault`.
  const std::map<std::string, std::uint64_t, std::less<>>& dropped_values() const { return dropped_values_; }

 private:
  std::optional<Memory> add_rain(WeatherUpload& upload, const std::string& station_id, std::optional<UtcTime> at);
  void count_dropped(const WeatherFields& fields, const std::string& station_id);

  DriverHost& host_;
  DeviceTimes& times_;
  RainCounters rain_;
  std::map<std::string, std::uint64_t, std::less<>> dropped_values_;
};

}  // namespace wayside::edge
