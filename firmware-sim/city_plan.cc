#include "firmware-sim/city_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace wayside::sim {
namespace {

constexpr double kBlockMetres = 210;
constexpr double kMetresPerDegree = 111'320;
constexpr double kGridAngle = 0.31;  // radians: the grid follows the shore, not north
constexpr std::array kStreets{"Alder",  "Birch",   "Cooper",   "Dock",    "Elm",    "Foundry", "Garden", "Harbour",
                              "Ivy",    "Juniper", "Kiln",     "Linden",  "Market", "Mill",    "North",  "Orchard",
                              "Pilot",  "Quarry",  "Rope",     "Saddler", "Tanner", "Union",   "Vine",   "Weaver",
                              "Willow", "Yarrow",  "Chandler", "Beacon",  "Ferry",  "Granary", "Heron",  "Lantern"};
constexpr std::array kStreetKinds{"Street", "Road", "Lane", "Row", "Court", "Rise"};

struct Crossing {
  int row = 0;
  int column = 0;
  double key = 0;
};

std::string ordinal(int number) {
  const int last_two = number % 100;
  const int last = number % 10;
  const char* ending = last_two / 10 == 1 ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return std::to_string(number) + ending;
}

std::string street_name(int row) {
  const std::size_t index = static_cast<std::size_t>(row);
  const std::size_t kind = index / kStreets.size();
  std::string name = std::string(kStreets[index % kStreets.size()]) + " " + kStreetKinds[kind % kStreetKinds.size()];
  return kind < kStreetKinds.size() ? name : "Upper " + name;
}

/// The river winds through the grid from end to end; coordinates in blocks from the middle.
bool in_river(double x, double y) { return std::abs(y - 2.6 - 1.8 * std::sin(x / 4.5)) < 0.75; }

Place to_place(const Crossing& crossing, int half, Random& random) {
  const double x = (crossing.column - half) * kBlockMetres + random.between(-25, 25);
  const double y = (crossing.row - half) * kBlockMetres + random.between(-25, 25);
  const double east = x * std::cos(kGridAngle) - y * std::sin(kGridAngle);
  const double north = x * std::sin(kGridAngle) + y * std::cos(kGridAngle);
  Place place;
  place.name = street_name(crossing.row) + " & " + ordinal(crossing.column + 1) + " Avenue";
  place.lat = kCityLat + north / kMetresPerDegree;
  place.lon = kCityLon + east / (kMetresPerDegree * std::cos(kCityLat * std::numbers::pi / 180));
  // Six decimals are a hand's breadth: what real feeds carry.
  place.lat = std::round(place.lat * 1e6) / 1e6;
  place.lon = std::round(place.lon * 1e6) / 1e6;
  place.centrality = std::exp(-std::hypot(x, y) / (0.5 * half * kBlockMetres + 1));
  return place;
}

}  // namespace

std::vector<Place> plan_places(std::size_t count, Random random) {
  const int half = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count) * 2.4) / 2)) + 1;
  std::vector<Crossing> crossings;
  for (int row = 0; row <= 2 * half; ++row) {
    for (int column = 0; column <= 2 * half; ++column) {
      const double x = column - half;
      const double y = row - half;
      if (in_river(x, y)) continue;
      // Weighted sampling without replacement (Efraimidis and Spirakis): the smallest keys win.
      const double weight = std::exp(-std::hypot(x, y) / (0.7 * half));
      crossings.push_back({row, column, -std::log(1 - random.uniform()) / weight});
    }
  }
  const auto by_key = [](const Crossing& a, const Crossing& b) { return a.key < b.key; };
  std::sort(crossings.begin(), crossings.end(), by_key);
  crossings.resize(std::min(count, crossings.size()));
  std::vector<Place> places;
  places.reserve(crossings.size());
  for (const Crossing& crossing : crossings) places.push_back(to_place(crossing, half, random));
  const auto from_middle = [](const Place& a, const Place& b) { return a.centrality > b.centrality; };
  std::stable_sort(places.begin(), places.end(), from_middle);
  return places;
}

double distance_m(const Place& a, const Place& b) {
  const double north = (a.lat - b.lat) * kMetresPerDegree;
  const double east = (a.lon - b.lon) * kMetresPerDegree * std::cos(kCityLat * std::numbers::pi / 180);
  return std::hypot(north, east);
}

}  // namespace wayside::sim
