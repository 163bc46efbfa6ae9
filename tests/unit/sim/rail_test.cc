// Proves the railway that is played: trains run from station to neighbouring station and never into one another, people
// follow the curve with weekdays and weekends apart, one seed gives one day, and the CTA's files become three lines in order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "firmware-sim/rail_network.h"
#include "firmware-sim/rail_trains.h"
#include "firmware-sim/ridership.h"
#include "firmware-sim/turnstile_bank.h"
#include "tests/unit/sim/temporary_folder.h"

namespace wayside::sim {
namespace {

constexpr UtcTime kFriday8 = UtcTime::from_seconds(1'795'161'600);  // 2026-11-20T08:00:00Z
constexpr std::int64_t kDayMs = 86'400'000;

TEST(InventedNetwork, has_positions_orders_and_one_common_station) {
  const RailNetwork network = invented_network(Random(7));
  ASSERT_EQ(network.lines.size(), 3U);
  std::map<std::size_t, int> lines_of;
  for (const RailLine& line : network.lines) {
    EXPECT_EQ(line.run_seconds.size() + 1, line.stops.size());
    EXPECT_EQ(line.order.size(), line.stops.size());
    for (const std::size_t stop : line.stops) ++lines_of[stop];
  }
  std::set<std::pair<double, double>> places;
  for (const RailStop& stop : network.stops) {
    ASSERT_TRUE(stop.position);
    EXPECT_TRUE(places.insert(*stop.position).second) << stop.name;
    EXPECT_NEAR(stop.position->first, 41.5, 0.06);
    EXPECT_NEAR(stop.position->second, -36.4, 0.08);
  }
  EXPECT_EQ(std::count_if(lines_of.begin(), lines_of.end(), [](const auto& one) { return one.second == 3; }), 1);
}

TEST(RailTrains, run_from_station_to_neighbouring_station_and_none_overtakes) {
  const RailNetwork network = invented_network(Random(7));
  RailTrainsOptions options;
  options.breakdown = 0.05;
  RailTrains trains(network, options, Random(7));
  using Side = std::tuple<std::size_t, std::size_t, char>;  // line, place, direction
  std::map<std::string, TrainArrival> last;
  std::map<Side, std::vector<std::string>> at_side;                   // all that arrived, in order
  std::map<std::pair<Side, Side>, std::vector<std::string>> from_to;  // those that went from one side to the next
  std::map<std::string, int> statuses;
  int arrivals = 0;
  double before_s = 0;
  for (const TrainArrival& arrival : trains.run_until(12 * 3600)) {
    ++arrivals;
    ++statuses[arrival.status];
    EXPECT_GE(arrival.at_s, before_s);
    before_s = arrival.at_s;
    const Side side(arrival.line, arrival.place, arrival.direction);
    const auto was = last.find(arrival.train);
    if (was == last.end()) {
      EXPECT_FALSE(arrival.prev_place);
    } else {
      ASSERT_TRUE(arrival.prev_place);
      EXPECT_EQ(*arrival.prev_place, was->second.place);
      const int step = static_cast<int>(arrival.place) - static_cast<int>(*arrival.prev_place);
      EXPECT_EQ(step, arrival.direction == 'a' ? 1 : -1);
      EXPECT_EQ(arrival.prev_direction, arrival.direction);
      from_to[{Side(was->second.line, was->second.place, was->second.direction), side}].push_back(arrival.train);
    }
    at_side[side].push_back(arrival.train);
    last[arrival.train] = arrival;
  }
  for (const auto& [sides, went] : from_to) {
    const auto& there = at_side[sides.first];
    ASSERT_LE(went.size(), there.size());
    EXPECT_TRUE(std::equal(went.begin(), went.end(), there.begin())) << "a train overtook another one";
  }
  EXPECT_GT(arrivals, 18 * 12 * 5);  // 18 trains, 12 hours; a train that breaks down holds up all behind it
  EXPECT_EQ(last.size(), 18U);
  EXPECT_GT(statuses["in_service"], statuses["broken_down"]);
  EXPECT_GT(statuses["broken_down"], 0);
  EXPECT_GT(statuses["out_of_service"], 0);
}

TEST(RailTrains, a_seed_gives_one_day_and_steps_do_not_matter) {
  const RailNetwork network = invented_network(Random(7));
  RailTrains once(network, {}, Random(9));
  RailTrains stepwise(network, {}, Random(9));
  const auto whole = once.run_until(3600);
  std::vector<TrainArrival> parts;
  for (int minute = 1; minute <= 60; ++minute) {
    for (TrainArrival& arrival : stepwise.run_until(minute * 60)) parts.push_back(std::move(arrival));
  }
  ASSERT_EQ(whole.size(), parts.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(whole[i].train, parts[i].train);
    EXPECT_EQ(whole[i].at_s, parts[i].at_s);
  }
}

TEST(Ridership, knows_the_kinds_of_day) {
  EXPECT_EQ(day_type(kFriday8), 0U);
  EXPECT_EQ(day_type(UtcTime{kFriday8.ms + kDayMs}), 1U);
  EXPECT_EQ(day_type(UtcTime{kFriday8.ms + 2 * kDayMs}), 2U);
  EXPECT_EQ(day_type(UtcTime{kFriday8.ms + 3 * kDayMs}), 0U);
  EXPECT_EQ(day_type(UtcTime::from_seconds(0)), 0U);  // 1970-01-01, a Thursday
}

TEST(Ridership, follows_curve_and_kind_of_day) {
  RailNetwork network = invented_network(Random(7));
  RailStop& stop = network.stops.front();
  stop.rides = {24'000, 12'000, 6'000};
  network.curve[8] = 0.1;
  network.curve[3] = 0.01;
  EXPECT_DOUBLE_EQ(rides_per_second(network, stop, kFriday8), 24'000 * 0.1 / 3600);
  EXPECT_DOUBLE_EQ(rides_per_second(network, stop, UtcTime{kFriday8.ms - 5 * 3'600'000}), 24'000 * 0.01 / 3600);
  std::array<double, 3> sums{};
  Ridership ridership(network, Random(7));
  for (int day = 0; day < 3; ++day) {
    for (int minute = 0; minute < 60; ++minute) {
      sums[static_cast<std::size_t>(day)] +=
          static_cast<double>(ridership.step(UtcTime{kFriday8.ms + day * kDayMs + minute * 60'000}, 60)[0]);
    }
  }
  EXPECT_NEAR(sums[0], 2400, 250);  // five standard deviations of a Poisson number
  EXPECT_NEAR(sums[1], 1200, 180);
  EXPECT_NEAR(sums[2], 600, 125);
}

TEST(Cta, becomes_lines_in_order) {
  TemporaryFolder folder;
  folder.write(
      "cta_stations.csv",
      "stop_id,direction_id,stop_name,station_name,station_descriptive_name,station_id,order,red,blue,green\n"
      "1,W,x,Second,x,20,1,FALSE,TRUE,FALSE\n2,E,x,Second,x,20,1,FALSE,TRUE,FALSE\n3,W,x,First,x,10,0,FALSE,TRUE,FALSE\n"
      "4,W,x,First,x,10,5,TRUE,FALSE,FALSE\n5,W,x,Other,x,30,6,TRUE,FALSE,FALSE\n6,W,x,Brown,x,40,2,FALSE,FALSE,FALSE\n"
      "7,W,x,G1,x,50,0,FALSE,FALSE,TRUE\n8,W,x,G2,x,60,1,FALSE,FALSE,TRUE\n");
  folder.write(
      "ridership_seed.csv",
      "station_id,stationame,month_beginning,avg_weekday_rides,avg_saturday_rides,avg_sunday-holiday_rides,monthtotal\n"
      "10,First,10/01/2018,100.5,60,40,3000\n");
  folder.write("ridership_curve.csv", "hour,ridership_ratio\n0,0.01\n8,0.125\n24,0.9\n");
  const auto network = load_cta(folder.path());
  ASSERT_TRUE(network.ok()) << network.error().message;
  ASSERT_EQ(network->lines.size(), 3U);
  const RailLine& blue = network->lines[0];
  ASSERT_EQ(blue.stops.size(), 2U);
  EXPECT_EQ(network->stops[blue.stops[0]].name, "First");
  EXPECT_EQ(network->stops[blue.stops[1]].name, "Second");
  EXPECT_EQ(network->lines[1].order, (std::vector<int>{5, 6}));
  EXPECT_EQ(network->stops.size(), 5U) << "a station of none of the lines is not played";
  EXPECT_EQ(network->stops[blue.stops[0]].rides, (DailyRides{100.5, 60, 40}));
  EXPECT_DOUBLE_EQ(network->curve[8], 0.125);
  EXPECT_FALSE(network->stops[0].position);
  EXPECT_FALSE(load_cta(folder.path() + "/none").ok());
}

TEST(CtaCaptures, the_real_folder_has_three_lines) {
  const char* captures = std::getenv("WAYSIDE_CAPTURES");
  if (captures == nullptr) GTEST_SKIP() << "captures: WAYSIDE_CAPTURES names no folder";
  const auto network = load_cta(std::string(captures) + "/cta");
  ASSERT_TRUE(network.ok()) << network.error().message;
  std::map<std::string, std::size_t> stops;
  for (const RailLine& line : network->lines) stops[line.name] = line.stops.size();
  EXPECT_EQ(stops, (std::map<std::string, std::size_t>{{"blue", 33}, {"red", 33}, {"green", 28}}));
  EXPECT_EQ(network->stops[network->lines[0].stops[0]].name, "O'Hare");
  EXPECT_EQ(network->stops[network->lines[1].stops[32]].name, "95th/Dan Ryan");
}

TEST(TurnstileBank, writes_the_published_line) {
  EXPECT_EQ(audit_line("A002,R051,02-00-00", UtcTime::from_seconds(1'305'936'000), "REGULAR", 3'169'391, 1'097'585),
            "A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585\r\n");
}

TEST(StationsCsv, has_a_row_for_each_station_and_line) {
  const RailNetwork network = invented_network(Random(7));
  const std::string csv = stations_csv(network);
  EXPECT_TRUE(csv.starts_with("station_id,name,lat,lon,line,stop_sequence\n101,\"Ferry Landing\",")) << csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 10 + 8 + 8);
}

}  // namespace
}  // namespace wayside::sim
