// Proves that the invented city is believable where it matters: bikes are conserved, a station's time moves exactly when
// it has something to say, the odd stations are odd as named, and a seed gives the same city again.

#include "firmware-sim/gbfs_city.h"

#include <gtest/gtest.h>

#include <set>

namespace wayside::sim {
namespace {

constexpr UtcTime kStart = UtcTime::from_seconds(1'795'000'000);

UtcTime after(double seconds) { return UtcTime{kStart.ms + static_cast<std::int64_t>(seconds * 1000)}; }

struct Counts {
  int bikes, docks;
  friend bool operator==(const Counts&, const Counts&) = default;
};

TEST(GbfsCity, neither_makes_nor_loses_bikes) {
  CityOptions options;
  options.stations = 80;
  options.trips_per_station_hour = 60;
  GbfsCity city(options, kStart);
  const std::size_t total = city.bikes_total();
  ASSERT_GT(total, 300u);
  for (int i = 1; i <= 3000; ++i) {
    city.step(10, after(i * 10));
    ASSERT_EQ(city.bikes_total(), total) << "step " << i;
    for (const BikeStation& station : city.stations()) {
      ASSERT_GE(station.bikes, 0);
      ASSERT_GE(station.docks, 0);
      ASSERT_EQ(station.bikes + station.docks + station.bikes_disabled + station.docks_disabled + station.docks_unaccounted,
                station.capacity);
    }
  }
}

TEST(GbfsCity, moves_last_reported_exactly_when_a_station_changes) {
  CityOptions options;
  options.heartbeat_s = 0;
  GbfsCity city(options, kStart);
  std::vector<BikeStation> before = city.stations();
  int changes = 0;
  for (int i = 1; i <= 200; ++i) {
    city.step(5, after(i * 5));
    for (std::size_t s = 0; s < before.size(); ++s) {
      const BikeStation& now = city.stations()[s];
      if (Counts{now.bikes, now.docks} != Counts{before[s].bikes, before[s].docks}) {
        ++changes;
        EXPECT_EQ(now.last_reported_s, after(i * 5).seconds());
      } else if (now.last_reported_s != before[s].last_reported_s) {
        // One bike left and another came in the same step.
        EXPECT_EQ(now.last_reported_s, after(i * 5).seconds());
      }
    }
    before = city.stations();
  }
  EXPECT_GT(changes, 50);
}

TEST(GbfsCity, lets_quiet_stations_speak_within_the_heartbeat) {
  CityOptions options;
  options.trips_per_station_hour = 0;
  options.heartbeat_s = 120;
  GbfsCity city(options, kStart);
  for (int i = 1; i <= 60; ++i) city.step(5, after(i * 5));
  for (const BikeStation& station : city.stations()) {
    EXPECT_GE(station.last_reported_s, after(300).seconds() - 120 * 13 / 10 - 5);
  }
}

TEST(GbfsCity, has_the_odd_stations_that_were_asked_for) {
  CityOptions options;
  options.never = 2;
  options.silent = 3;
  options.closed = 1;
  options.mismatched = 0.5;
  GbfsCity city(options, kStart);
  for (int i = 1; i <= 100; ++i) city.step(60, after(i * 60));
  int never = 0, silent = 0, closed = 0, mismatched = 0;
  for (const BikeStation& station : city.stations()) {
    if (station.last_reported_s <= 86'400) ++never;
    if (station.last_reported_s > 86'400 && station.last_reported_s < kStart.seconds() - 100 * 86'400) ++silent;
    if (station.habit == Habit::kClosed) ++closed;
    if (station.docks_unaccounted > 0) ++mismatched;
  }
  EXPECT_EQ(never, 2);
  EXPECT_EQ(silent, 3);
  EXPECT_EQ(closed, 1);
  EXPECT_NEAR(mismatched, 30, 12);
}

TEST(GbfsCity, is_the_same_for_a_seed_and_another_for_another) {
  CityOptions options;
  GbfsCity one(options, kStart);
  GbfsCity two(options, kStart);
  options.seed = 2;
  GbfsCity other(options, kStart);
  bool differs = false;
  for (int i = 1; i <= 100; ++i) {
    one.step(5, after(i * 5));
    two.step(5, after(i * 5));
    other.step(5, after(i * 5));
    for (std::size_t s = 0; s < one.stations().size(); ++s) {
      ASSERT_EQ(one.stations()[s].bikes, two.stations()[s].bikes);
      ASSERT_EQ(one.stations()[s].last_reported_s, two.stations()[s].last_reported_s);
      differs = differs || one.stations()[s].bikes != other.stations()[s].bikes;
    }
  }
  EXPECT_TRUE(differs);
}

TEST(GbfsCity, names_and_places_each_station_once_however_large) {
  CityOptions options;
  for (const std::size_t count : {std::size_t{1}, std::size_t{60}, std::size_t{5000}}) {
    options.stations = count;
    options.trips_per_station_hour = 0;
    const GbfsCity city(options, kStart);
    ASSERT_EQ(city.stations().size(), count);
    std::set<std::string> ids, names;
    for (const BikeStation& station : city.stations()) {
      ids.insert(station.id);
      names.insert(station.place.name);
      EXPECT_NEAR(station.place.lat, kCityLat, 0.3);
      EXPECT_NEAR(station.place.lon, kCityLon, 0.3);
    }
    EXPECT_EQ(ids.size(), count);
    EXPECT_EQ(names.size(), count);
  }
}

}  // namespace
}  // namespace wayside::sim
