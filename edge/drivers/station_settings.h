#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/settings.h"
#include "edge/driver.h"

namespace wayside::edge {

/// A station of any kind that a driver's hardware belongs to. Drivers of weather alone use WeatherStationSettings.
struct StationSettings : SettingsGroup {
  std::string station_id;
  std::string kind = "weather";
  std::string name;
  double lat = 0;
  double lon = 0;
  std::int64_t capacity = 0;
  std::int64_t report_interval_s = 60;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  /// The contract's station information, with the streams that this station has.
  StationInfo info(std::span<const Stream> streams) const;
};

}  // namespace wayside::edge
