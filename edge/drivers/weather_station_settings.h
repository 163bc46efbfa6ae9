#pragma once

#include <string>

#include "common/base/settings.h"
#include "edge/driver.h"

namespace wayside::edge {

/// The station that a device's readings belong to: fields shared by all weather drivers.
struct WeatherStationSettings {
  std::string station_id;
  std::string name;
  double lat = 0;
  double lon = 0;
  std::int64_t report_interval_s = 60;

  void describe(SettingsVisitor& visitor, std::string_view interval_doc);
  Status validate() const;
  /// The contract's station information.
  StationInfo info() const;
};

}  // namespace wayside::edge
