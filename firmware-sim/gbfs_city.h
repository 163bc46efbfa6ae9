#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "firmware-sim/city_plan.h"
#include "firmware-sim/random.h"

namespace wayside::sim {

/// How a station of the city behaves, apart from what riders do.
enum class Habit : std::uint8_t {
  kNormal,
  kNeverReported,  ///< last_reported 0 or 86400, as real feeds show for docks that never spoke
  kSilent,         ///< last spoke 120 days ago, numbers frozen
  kClosed,         ///< reports, but rents and takes no bikes
};

struct BikeStation {
  std::string id;
  Place place;
  Habit habit = Habit::kNormal;
  int capacity = 0;
  int bikes = 0;
  int bikes_disabled = 0;
  int docks = 0;
  int docks_disabled = 0;
  int docks_unaccounted = 0;  ///< why bikes + docks + disabled falls short of capacity at some stations
  std::int64_t last_reported_s = 0;
  double next_report_s = 0;  ///< in city time: speaks by then even when nothing has changed
};

struct CityOptions {
  std::size_t stations = 60;
  std::uint64_t seed = 1;
  double trips_per_station_hour = 6;
  double heartbeat_s = 120;  ///< a station speaks about this often without any change; 0: only on changes
  double mismatched = 0.1;   ///< share of stations with docks unaccounted for
  std::size_t never = 0;
  std::size_t silent = 0;
  std::size_t closed = 0;
};

/// Bike stations and the riders between them. Bikes are neither made nor lost: the sum over stations plus the bikes
/// under way stays the same. The same options and steps give the same city. Not thread-safe.
class GbfsCity {
 public:
  GbfsCity(const CityOptions& options, UtcTime start);

  /// Lets `seconds` pass: riders arrive and leave. Stations that changed or whose time to speak has come report `now`.
  void step(double seconds, UtcTime now);

  const std::vector<BikeStation>& stations() const { return stations_; }
  /// Counts the steps after which at least one station had something new.
  std::uint64_t revision() const { return revision_; }
  UtcTime last_changed() const { return last_changed_; }
  std::size_t bikes_under_way() const { return riders_.size(); }
  /// All bikes: docked, disabled, under way.
  std::size_t bikes_total() const;

 private:
  struct Rider {
    std::size_t destination = 0;
    double arrives_s = 0;
  };

  void build(UtcTime start);
  void assign_habits(UtcTime start);
  void arrivals();
  void departures(double seconds);
  void park(std::size_t station);
  std::size_t choose_origin();
  std::size_t choose_destination(std::size_t origin);
  std::size_t nearest_with_dock(std::size_t station) const;
  double attraction(const BikeStation& station) const;
  bool serves(const BikeStation& station) const { return station.habit == Habit::kNormal; }

  CityOptions options_;
  Random random_;
  std::vector<BikeStation> stations_;
  std::vector<bool> changed_;
  std::vector<Rider> riders_;
  double city_time_s_ = 0;
  std::uint64_t revision_ = 0;
  UtcTime last_changed_;
};

}  // namespace wayside::sim
