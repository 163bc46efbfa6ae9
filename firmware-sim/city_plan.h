#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "firmware-sim/random.h"

namespace wayside::sim {

/// Port Alder: an invented harbour town on a street grid, cut by a river, on an invented island where the Atlantic is
/// open sea. Nothing of it exists.
inline constexpr double kCityLat = 41.5000;
inline constexpr double kCityLon = -36.4000;
inline constexpr const char* kCityName = "Port Alder";

struct Place {
  std::string name;  ///< the crossing: "Alder Street & 4th Avenue"; unique in a plan
  double lat = 0;
  double lon = 0;
  double centrality = 0;  ///< 1 in the middle, towards 0 at the edge
};

/// `count` different crossings, denser towards the middle and none in the river, ordered from the middle outwards.
std::vector<Place> plan_places(std::size_t count, Random random);

/// Metres between two places, on a plane that touches the earth in the city.
double distance_m(const Place& a, const Place& b);

}  // namespace wayside::sim
