#pragma once

#include <optional>
#include <string>

#include "edge/drivers/handover.h"
#include "edge/drivers/weather_fields.h"
#include "edge/drivers/weather_rain.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Makes readings of weather values for drivers that have them one device at a time: counts what was dropped, gives rain
/// totals their counter_id, hands over. On the host's loop.
class WeatherReporter {
 public:
  WeatherReporter(DriverHost& host, Handover& handover) : host_(host), handover_(handover), rain_(host) {}

  /// False, and nothing is handed over, when the values hold no measurement.
  bool report(const std::string& station_id, WeatherFields fields, const std::optional<RainTotal>& rain,
              std::optional<UtcTime> observed_at = std::nullopt);

 private:
  DriverHost& host_;
  Handover& handover_;
  RainCounters rain_;
};

}  // namespace wayside::edge
