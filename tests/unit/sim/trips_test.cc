// Proves the reading of trip history (both generations of columns, rows without an end, damaged rows by reason) and the docks
// that it moves, with numbers counted by hand.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/history/trip_file.h"
#include "firmware-sim/trip_replay.h"
#include "firmware-sim/trip_source.h"
#include "tests/unit/sim/temporary_folder.h"

namespace wayside::sim {
namespace {

using nlohmann::json;

constexpr UtcTime kStart = UtcTime::from_seconds(1'795'161'600);

constexpr const char* kOldHeader =
    R"("tripduration","starttime","stoptime","start station id","start station name","start station latitude","start station longitude",)"
    R"("end station id","end station name","end station latitude","end station longitude","bikeid","usertype","birth year","gender")"
    "\n";
constexpr const char* kNewHeader =
    "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,"
    "start_lng,end_lat,end_lng,member_casual\n";

TripHistory read(const std::string& text) {
  TripReader reader;
  reader.feed(text);
  auto history = reader.finish();
  EXPECT_TRUE(history.ok());
  return history ? std::move(*history) : TripHistory{};
}

std::uint64_t damaged(const TripHistory& history, TripFault fault) { return history.damaged[static_cast<std::size_t>(fault)]; }

TEST(TripReader, reads_the_old_columns) {
  const TripHistory history = read(
      std::string(kOldHeader) +
      R"(389,"2020-03-01 00:14:07.0000","2020-03-01 00:20:36.0880",3202,"Newport PATH",40.7272235,-74.0337589,3203,"Hamilton Park",)"
      R"(40.727595966,-74.044247311,42381,"Subscriber",1992,1)"
      "\n");
  ASSERT_EQ(history.trips.size(), 1U);
  EXPECT_EQ(format_rfc3339(history.trips[0].started), "2020-03-01T00:14:07.000Z");
  EXPECT_EQ(format_rfc3339(history.trips[0].ended), "2020-03-01T00:20:36.088Z");
  ASSERT_EQ(history.stations.size(), 2U);
  EXPECT_EQ(history.stations[1].id, "3203");
  EXPECT_EQ(history.stations[1].name, "Hamilton Park");
  EXPECT_DOUBLE_EQ(history.stations[1].lon, -74.044247311);
  EXPECT_EQ(history.trips[0].end, std::optional<std::size_t>(1));
}

TEST(TripReader, reads_the_new_columns_and_counts_rides_without_an_end) {
  const TripHistory history =
      read(std::string(kNewHeader) +
           "A,docked_bike,2021-02-03 23:11:28,2021-02-03 23:18:28,Hoboken Ave,JC105,Christ Hospital,JC034,40.735,"
           "-74.046,40.734,-74.050,member\n"
           "B,docked_bike,2021-02-04 10:00:00,2021-02-05 11:00:00,Christ Hospital,JC034,,,40.734,-74.050,,,casual\n"
           "C,docked_bike,2021-02-04 10:00:00,,Christ Hospital,JC034,,,40.734,-74.050,,,casual\n");
  EXPECT_EQ(history.rows, 3U);
  ASSERT_EQ(history.trips.size(), 3U);
  EXPECT_EQ(history.without_end, 2U);
  EXPECT_FALSE(history.trips[1].end);
  EXPECT_EQ(history.stations.size(), 2U);
}

TEST(TripReader, counts_damaged_rows_by_reason) {
  const TripHistory history = read(std::string(kNewHeader) +
                                   "1,x,2021-02-03 23:11:28,2021-02-03 23:18:28,H,JC1\n"
                                   "2,x,yesterday,2021-02-03 23:18:28,H,JC1,C,JC2,40,-74,40,-74,m\n"
                                   "3,x,2021-02-03 23:11:28,later,H,JC1,C,JC2,40,-74,40,-74,m\n"
                                   "4,x,2021-02-03 23:11:28,2021-02-03 23:11:27,H,JC1,C,JC2,40,-74,40,-74,m\n"
                                   "5,x,2021-02-03 23:11:28,2021-02-03 23:18:28,H,,C,JC2,40,-74,40,-74,m\n"
                                   "6,x,2021-02-03 23:11:28,2021-02-03 23:18:28,H,JC1,C,JC2,north,-74,40,-74,m\n"
                                   "7,x,2021-02-03 23:11:28,2021-02-03 23:18:28,H,JC1,C,JC9,40,-74,,,m\n");
  EXPECT_EQ(history.rows, 7U);
  EXPECT_TRUE(history.trips.empty());
  EXPECT_EQ(damaged(history, TripFault::kFields), 1U);
  EXPECT_EQ(damaged(history, TripFault::kStartTime), 1U);
  EXPECT_EQ(damaged(history, TripFault::kEndTime), 1U);
  EXPECT_EQ(damaged(history, TripFault::kBackwards), 1U);
  EXPECT_EQ(damaged(history, TripFault::kStartStation), 1U);
  EXPECT_EQ(damaged(history, TripFault::kPosition), 2U);
}

TEST(TripReader, refuses_another_file) {
  for (const char* text : {"", "a,b,c\n1,2,3\n", "starttime,stoptime\n"}) {
    TripReader reader;
    reader.feed(text);
    EXPECT_FALSE(reader.finish().ok()) << text;
  }
}

json bikes(TripReplay& replay) {
  json out;
  const json document = json::parse(replay.document("station_status", "")->body);
  for (const auto& station : document["data"]["stations"]) {
    out[station["station_id"].get<std::string>()] = station["num_bikes_available"];
    EXPECT_GE(station["num_bikes_available"], 0);
    EXPECT_GE(station["num_docks_available"], 0);
  }
  return out;
}

TEST(TripReplay, each_ride_leaves_one_dock_and_arrives_at_another) {
  // A to B at 0 s, back at 120 s; two leave A at 60 s, one of them for good.
  TripReplay replay(read(std::string(kNewHeader) + "1,x,2021-02-03 10:00:00,2021-02-03 10:02:00,A,a,B,b,40,-74,41,-74,m\n"
                                                   "2,x,2021-02-03 10:01:00,2021-02-03 10:03:00,A,a,B,b,40,-74,41,-74,m\n"
                                                   "3,x,2021-02-03 10:01:00,,A,a,,,40,-74,,,m\n"
                                                   "4,x,2021-02-03 10:02:00,2021-02-03 10:04:00,B,b,A,a,41,-74,40,-74,m\n"),
                    {60, 1, 240}, kStart);
  EXPECT_EQ(bikes(replay), (json{{"a", 3}, {"b", 0}})) << "three leave A before one comes; what B gives has just arrived";
  replay.advance(kStart);
  EXPECT_EQ(bikes(replay), (json{{"a", 2}, {"b", 0}}));
  replay.advance(UtcTime{kStart.ms + 1000});
  EXPECT_EQ(bikes(replay), (json{{"a", 0}, {"b", 0}}));
  EXPECT_EQ(replay.next_due_ms(UtcTime{kStart.ms + 1000}), 1000);
  replay.advance(UtcTime{kStart.ms + 3999});
  EXPECT_FALSE(replay.finished());
  replay.advance(UtcTime{kStart.ms + 4000});
  EXPECT_TRUE(replay.finished());
  EXPECT_EQ(bikes(replay), (json{{"a", 1}, {"b", 1}}));
  const json status = json::parse(replay.status());
  EXPECT_EQ(status["departed"], 4);
  EXPECT_EQ(status["arrived"], 3);
  EXPECT_EQ(status["without_end"], 1);
}

TEST(TripReplay, serves_a_new_document_only_when_something_has_changed) {
  TripReplay replay(read(std::string(kNewHeader) + "1,x,2021-02-03 10:00:00,2021-02-03 10:02:00,A,a,B,b,40,-74,41,-74,m\n"),
                    {1, 1, 240}, kStart);
  replay.advance(kStart);
  const std::string first = replay.document("station_status", "")->etag;
  replay.advance(UtcTime{kStart.ms + 1000});
  EXPECT_EQ(replay.document("station_status", "")->etag, first);
  replay.advance(UtcTime{kStart.ms + 120'000});
  EXPECT_NE(replay.document("station_status", "")->etag, first);
}

TEST(TripSource, reads_files_and_names_what_is_none) {
  for (const char* bad : {"s3://", "s3://bucket", "s3://bucket/", "s3:///key"}) EXPECT_FALSE(read_trips(bad).ok()) << bad;
  TemporaryFolder folder;
  const auto history = read_trips(folder.write("trips.csv", std::string(kNewHeader)));
  ASSERT_TRUE(history.ok());
  EXPECT_TRUE(history->trips.empty());
  EXPECT_FALSE(read_trips(folder.path() + "/none.csv").ok());
}

}  // namespace
}  // namespace wayside::sim
