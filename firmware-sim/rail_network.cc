#include "firmware-sim/rail_network.h"

#include <cmath>
#include <numbers>
#include <sstream>

#include "firmware-sim/city_plan.h"

namespace wayside::sim {
namespace {

constexpr double kSpacingMetres = 620;
constexpr double kMetresPerDegree = 111'320;
constexpr double kMetresPerSecond = 9;  // between stations, stops aside

// Of an ordinary city: two peaks, little at night.
constexpr std::array<double, 24> kCurve{0.006, 0.003, 0.002, 0.002, 0.006, 0.022, 0.058, 0.092, 0.098, 0.055, 0.040, 0.041,
                                        0.045, 0.044, 0.047, 0.058, 0.078, 0.092, 0.068, 0.046, 0.035, 0.028, 0.020, 0.014};

struct Plan {
  const char* name;
  double angle;  // radians from east
  std::vector<const char*> stops;
  std::size_t middle;  // which of them is the common one
};

std::vector<Plan> plans() {
  return {{"blue",
           0.25,
           {"Ferry Landing", "Rope Walk", "Granary", "Market", "Alder Central", "Foundry", "Orchard Hill", "Quarry Road",
            "Upper Town", "Airport"},
           4},
          {"red",
           1.35,
           {"Lantern Point", "Saddler Row", "Tanner Lane", "Alder Central", "Garden Square", "University", "Heron Park",
            "North Gate"},
           3},
          {"green",
           2.45,
           {"Breakwater", "Pilot Street", "Kiln Yard", "Alder Central", "Linden", "Mill Pond", "Weaver Street", "Yarrow End"},
           3}};
}

double rounded(double degrees) { return std::round(degrees * 1e6) / 1e6; }

std::size_t find_or_add(RailNetwork& network, const std::string& name) {
  for (std::size_t i = 0; i < network.stops.size(); ++i) {
    if (network.stops[i].name == name) return i;
  }
  RailStop stop;
  stop.id = 101 + static_cast<std::int64_t>(network.stops.size());
  stop.name = name;
  network.stops.push_back(std::move(stop));
  return network.stops.size() - 1;
}

/// Along a slightly bent line through the middle of the town.
std::pair<double, double> place_on(double angle, double steps) {
  const double bent = angle + 0.06 * std::abs(steps);
  const double east = std::cos(bent) * steps * kSpacingMetres;
  const double north = std::sin(bent) * steps * kSpacingMetres;
  return {rounded(kCityLat + north / kMetresPerDegree),
          rounded(kCityLon + east / (kMetresPerDegree * std::cos(kCityLat * std::numbers::pi / 180)))};
}

}  // namespace

RailNetwork invented_network(Random random) {
  RailNetwork network;
  network.curve = kCurve;
  for (const Plan& plan : plans()) {
    RailLine line;
    line.name = plan.name;
    for (std::size_t i = 0; i < plan.stops.size(); ++i) {
      const std::size_t at = find_or_add(network, plan.stops[i]);
      RailStop& stop = network.stops[at];
      const double steps = static_cast<double>(i) - static_cast<double>(plan.middle);
      if (!stop.position) stop.position = place_on(plan.angle, steps);
      if (stop.rides[0] == 0) {
        // Offices in the middle, homes outside: a weekend takes far more from the middle.
        const double central = std::exp(-std::abs(steps) / 2.5);
        const double weekday = random.between(700, 1500) + 9000 * central;
        stop.rides = {weekday, weekday * (0.75 - 0.35 * central), weekday * (0.55 - 0.30 * central)};
      }
      line.stops.push_back(at);
      line.order.push_back(static_cast<int>(i));
      if (i > 0) line.run_seconds.push_back(kSpacingMetres / kMetresPerSecond);
    }
    network.lines.push_back(std::move(line));
  }
  return network;
}

std::string stations_csv(const RailNetwork& network) {
  std::ostringstream out;
  out.precision(10);
  out << "station_id,name,lat,lon,line,stop_sequence\n";
  for (const RailLine& line : network.lines) {
    for (std::size_t i = 0; i < line.stops.size(); ++i) {
      const RailStop& stop = network.stops[line.stops[i]];
      out << stop.id << ",\"" << stop.name << "\",";
      if (stop.position) out << stop.position->first;
      out << ',';
      if (stop.position) out << stop.position->second;
      out << ',' << line.name << ',' << line.order[i] << '\n';
    }
  }
  return out.str();
}

}  // namespace wayside::sim
