#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/station_table.h"

namespace wayside::edge {

/// A latitude or longitude that the settings do not give.
inline constexpr double kNoPosition = std::numeric_limits<double>::quiet_NaN();
/// Sets both, unless one is not given.
void set_position(TableStation& station, double lat, double lon);

/// One `[[source.rail.station]]`.
struct RailStationSettings final : SettingsGroup {
  std::string key;
  std::string station_id;
  std::string name;
  double lat = kNoPosition;
  double lon = kNoPosition;
  std::vector<std::string> lines;
  std::int64_t stop_sequence = -1;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  TableStation table_station() const;
};

/// `[source.rail]`: the rail stations whose sensors and turnstiles push to this listener.
struct RailSettings final : SettingsGroup {
  std::string stations_file;
  std::string station_prefix;
  bool arrivals = true;
  bool turnstiles = true;
  std::int64_t report_interval_s = 300;
  std::vector<std::unique_ptr<RailStationSettings>> stations;

  void describe(SettingsVisitor& visitor) override;
};

/// A rail station that the settings know.
struct RailStation {
  std::string station_id;
  std::map<std::string, std::int64_t> stop_sequence;  ///< by line
  StationInfo info;
};

/// The stations of settings and file, by what the hardware calls them.
using RailStations = std::map<std::string, RailStation, std::less<>>;
Result<RailStations> load_rail_stations(const RailSettings& settings);

}  // namespace wayside::edge
