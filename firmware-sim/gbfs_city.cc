#include "firmware-sim/gbfs_city.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "common/base/result.h"

namespace wayside::sim {
namespace {

constexpr double kRidingMetresPerSecond = 3.6;
constexpr int kWarmUpSteps = 60;
constexpr int kWarmUpStepSeconds = 30;
constexpr double kDaySeconds = 86'400;
constexpr std::int64_t kSilentSeconds = 120 * 86'400;
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

}  // namespace

GbfsCity::GbfsCity(const CityOptions& options, UtcTime start)
    : options_(options), random_(options.seed), changed_(options.stations, false), last_changed_(start) {
  build(start);
  assign_habits(start);
  // A city that just woke up has nobody under way: let half an hour pass first.
  for (int left = kWarmUpSteps - 1; left >= 0; --left) {
    step(kWarmUpStepSeconds, UtcTime::from_seconds(start.seconds() - left * kWarmUpStepSeconds));
  }
  revision_ = 1;
}

void GbfsCity::build(UtcTime start) {
  const std::vector<Place> places = plan_places(options_.stations, random_.fork(1));
  for (std::size_t i = 0; i < places.size(); ++i) {
    BikeStation station;
    station.id = std::to_string(i + 1);
    station.place = places[i];
    station.capacity = 11 + static_cast<int>(random_.below(5)) * 4 + static_cast<int>(places[i].centrality * 12);
    station.docks_disabled = random_.chance(0.15) ? 1 : 0;
    station.bikes_disabled = random_.chance(0.2) ? 1 + static_cast<int>(random_.below(2)) : 0;
    if (random_.chance(options_.mismatched)) station.docks_unaccounted = 1 + static_cast<int>(random_.below(2));
    const int usable = station.capacity - station.docks_disabled - station.bikes_disabled - station.docks_unaccounted;
    station.bikes = static_cast<int>(std::lround(usable * random_.between(0.2, 0.75)));
    station.docks = usable - station.bikes;
    const double heartbeat = options_.heartbeat_s > 0 ? options_.heartbeat_s : 60;
    station.last_reported_s = start.seconds() - static_cast<std::int64_t>(random_.uniform() * heartbeat);
    station.next_report_s = random_.uniform() * heartbeat;
    stations_.push_back(std::move(station));
  }
}

/// The outermost stations get the odd habits, so that the middle of the map is alive.
void GbfsCity::assign_habits(UtcTime start) {
  std::size_t next = stations_.size();
  const auto take = [&](std::size_t count, auto&& change) {
    for (; count > 0 && next > 0; --count) change(stations_[--next]);
  };
  take(options_.never, [&](BikeStation& station) {
    station.habit = Habit::kNeverReported;
    station.last_reported_s = random_.chance(0.5) ? 0 : 86'400;
    station.bikes = station.docks = station.bikes_disabled = station.docks_disabled = 0;
    station.docks_unaccounted = station.capacity;
  });
  take(options_.silent, [&](BikeStation& station) {
    station.habit = Habit::kSilent;
    // Counted from midnight, so that a restart on the same day shows the same reading.
    station.last_reported_s = start.seconds() / 86'400 * 86'400 - kSilentSeconds;
  });
  take(options_.closed, [](BikeStation& station) { station.habit = Habit::kClosed; });
}

void GbfsCity::step(double seconds, UtcTime now) {
  city_time_s_ += seconds;
  std::fill(changed_.begin(), changed_.end(), false);
  arrivals();
  departures(seconds);
  bool any = false;
  for (std::size_t i = 0; i < stations_.size(); ++i) {
    BikeStation& station = stations_[i];
    if (station.habit == Habit::kNeverReported || station.habit == Habit::kSilent) continue;
    const bool due = options_.heartbeat_s > 0 && city_time_s_ >= station.next_report_s;
    if (!changed_[i] && !due) continue;
    station.last_reported_s = now.seconds();
    station.next_report_s = city_time_s_ + options_.heartbeat_s * random_.between(0.7, 1.3);
    any = true;
  }
  if (!any) return;
  ++revision_;
  last_changed_ = now;
}

std::size_t GbfsCity::bikes_total() const {
  std::size_t total = riders_.size();
  for (const BikeStation& station : stations_) total += static_cast<std::size_t>(station.bikes + station.bikes_disabled);
  return total;
}

void GbfsCity::arrivals() {
  std::vector<Rider> under_way;
  std::vector<std::size_t> arrived;
  for (const Rider& rider : riders_) {
    if (rider.arrives_s <= city_time_s_) {
      arrived.push_back(rider.destination);
    } else {
      under_way.push_back(rider);
    }
  }
  riders_ = std::move(under_way);
  for (const std::size_t destination : arrived) park(destination);
}

void GbfsCity::park(std::size_t destination) {
  const std::size_t at = stations_[destination].docks > 0 ? destination : nearest_with_dock(destination);
  // Every bike came out of a dock, so one is free somewhere.
  WAYSIDE_CHECK(at != kNowhere);
  ++stations_[at].bikes;
  --stations_[at].docks;
  changed_[at] = true;
}

void GbfsCity::departures(double seconds) {
  const double mean = static_cast<double>(stations_.size()) * options_.trips_per_station_hour * seconds / 3600;
  for (std::uint64_t trips = random_.poisson(mean); trips > 0; --trips) {
    const std::size_t origin = choose_origin();
    if (origin == kNowhere) return;
    const std::size_t destination = choose_destination(origin);
    const double ride_m = distance_m(stations_[origin].place, stations_[destination].place) * 1.3;
    const double ride_s = std::clamp(ride_m / kRidingMetresPerSecond, 90.0, 2400.0) * random_.between(0.85, 1.3);
    --stations_[origin].bikes;
    ++stations_[origin].docks;
    changed_[origin] = true;
    riders_.push_back({destination, city_time_s_ + ride_s});
  }
}

/// Riders come to the middle in one half of the day and leave it in the other.
double GbfsCity::attraction(const BikeStation& station) const {
  const double tide = std::sin(2 * std::numbers::pi * city_time_s_ / kDaySeconds);
  return 0.5 + 0.45 * tide * (2 * station.place.centrality - 1);
}

std::size_t GbfsCity::choose_origin() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::size_t at = random_.below(stations_.size());
    const BikeStation& station = stations_[at];
    if (serves(station) && station.bikes > 0 && random_.chance(1.1 - attraction(station))) return at;
  }
  return kNowhere;
}

std::size_t GbfsCity::choose_destination(std::size_t origin) {
  std::size_t best = origin;
  double best_score = -std::numeric_limits<double>::max();
  for (int candidate = 0; candidate < 5; ++candidate) {
    const std::size_t at = random_.below(stations_.size());
    const BikeStation& station = stations_[at];
    if (at == origin || !serves(station)) continue;
    const double ride_km = distance_m(stations_[origin].place, station.place) / 1000;
    const double score = attraction(station) - 0.15 * ride_km + 0.3 * random_.uniform();
    if (score <= best_score) continue;
    best = at;
    best_score = score;
  }
  return best;
}

std::size_t GbfsCity::nearest_with_dock(std::size_t from) const {
  std::size_t best = kNowhere;
  double best_m = std::numeric_limits<double>::max();
  for (std::size_t i = 0; i < stations_.size(); ++i) {
    if (!serves(stations_[i]) || stations_[i].docks <= 0) continue;
    const double away_m = distance_m(stations_[from].place, stations_[i].place);
    if (away_m >= best_m) continue;
    best = i;
    best_m = away_m;
  }
  return best;
}

}  // namespace wayside::sim
