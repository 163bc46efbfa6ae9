#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "firmware-sim/random.h"

namespace wayside::sim {

/// Persons a day at one station: on a weekday, a Saturday, a Sunday.
using DailyRides = std::array<double, 3>;

struct RailStop {
  std::int64_t id = 0;  ///< what the station's hardware calls it
  std::string name;
  std::optional<std::pair<double, double>> position;  ///< lat, lon
  DailyRides rides{};
};

struct RailLine {
  std::string name;
  std::vector<std::size_t> stops;   ///< places in RailNetwork::stops, in order
  std::vector<int> order;           ///< of each stop along the line, as the system numbers it
  std::vector<double> run_seconds;  ///< from each stop to the next one
};

struct RailNetwork {
  std::vector<RailStop> stops;
  std::vector<RailLine> lines;
  std::array<double, 24> curve{};  ///< share of the day's rides in each hour
};

/// Three lines that meet in Port Alder, with positions; the same for each seed but for the rides.
RailNetwork invented_network(Random random);
/// The folder's cta_stations.csv, ridership_seed.csv and ridership_curve.csv: three lines in order, without positions.
Result<RailNetwork> load_cta(const std::string& folder);
/// `station_id,name,lat,lon,line,stop_sequence`: for the agent's stations_file.
std::string stations_csv(const RailNetwork& network);

}  // namespace wayside::sim
