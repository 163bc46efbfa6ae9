// Proves on three hand-written snapshots (the shape of a GBFS 1.x recording) that a replay changes times only, shifts
// them by one constant with none in the future, and goes on only when the client has proved that it took a snapshot.

#include "firmware-sim/gbfs_replay.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/sim/temporary_folder.h"

namespace wayside::sim {
namespace {

using Json = nlohmann::ordered_json;
constexpr UtcTime kStart = UtcTime::from_seconds(1'795'000'000);
constexpr std::int64_t kFirstSeconds = 1'684'000'000;

std::string snapshot(std::int64_t updated_s, int bikes) {
  return R"({"data":{"stations":[{"station_id":"a","is_renting":1,"valet":{"dock":false},"x":0.0,"last_reported":)" +
         std::to_string(updated_s - 30) + R"(,"num_bikes_available":)" + std::to_string(bikes) +
         R"(},{"station_id":"b","last_reported":86400}]},"last_updated":)" + std::to_string(updated_s) + R"(,"ttl":5})";
}

class GbfsReplayTest : public testing::Test {
 protected:
  GbfsReplayTest() {
    folder_.write("station_status.1.json", snapshot(kFirstSeconds, 1));
    folder_.write("station_status.2.json", snapshot(kFirstSeconds + 600, 2));
    folder_.write("station_status.3.json", snapshot(kFirstSeconds + 1800, 3));
    folder_.write("station_information.json", R"({"data":{"stations":[]},"last_updated":1700000000,"ttl":5})");
    options_.recording = folder_.path();
  }

  std::shared_ptr<GbfsReplay> open() {
    auto replay = GbfsReplay::open(options_, kStart);
    EXPECT_TRUE(replay.ok());
    return *replay;
  }

  static int bikes(const GbfsDocument& document) {
    return Json::parse(document.body)["data"]["stations"][0]["num_bikes_available"].get<int>();
  }

  TemporaryFolder folder_;
  GbfsReplayOptions options_;
};

TEST_F(GbfsReplayTest, changes_nothing_but_times) {
  const auto replay = open();
  const Json served = Json::parse(replay->document("station_status", "")->body);
  Json expected = Json::parse(snapshot(kFirstSeconds, 1));
  const std::int64_t shift_s = kStart.seconds() - (kFirstSeconds + 1800);
  expected["last_updated"] = kFirstSeconds + shift_s;
  expected["data"]["stations"][0]["last_reported"] = kFirstSeconds - 30 + shift_s;
  EXPECT_EQ(served.dump(), expected.dump());
}

TEST_F(GbfsReplayTest, goes_on_only_when_the_client_holds_the_snapshot) {
  const auto replay = open();
  const auto first = replay->document("station_status", "");
  EXPECT_EQ(bikes(*first), 1);
  EXPECT_EQ(bikes(*replay->document("station_status", "")), 1) << "a client that was killed gets it again";
  EXPECT_EQ(bikes(*replay->document("station_status", "\"other\"")), 1);
  const auto second = replay->document("station_status", first->etag);
  EXPECT_EQ(bikes(*second), 2);
  EXPECT_EQ(bikes(*replay->document("station_status", first->etag)), 2) << "the answer was lost on its way";
  const auto third = replay->document("station_status", second->etag);
  EXPECT_EQ(bikes(*third), 3);
  EXPECT_FALSE(Json::parse(replay->status())["finished"].get<bool>());
  EXPECT_EQ(replay->document("station_status", third->etag)->etag, third->etag) << "the server answers 304";
  EXPECT_TRUE(Json::parse(replay->status())["finished"].get<bool>());
}

TEST_F(GbfsReplayTest, puts_the_last_snapshot_on_the_end_of_a_timed_replay) {
  options_.step = ReplayStep::kTime;
  options_.step_s = 10;
  const auto replay = open();
  EXPECT_EQ(replay->next_due_ms(), 10'000);
  replay->advance();
  EXPECT_EQ(replay->next_due_ms(), 20'000);
  replay->advance();
  EXPECT_EQ(replay->next_due_ms(), -1);
  EXPECT_TRUE(Json::parse(replay->status())["finished"].get<bool>());
  const Json last = Json::parse(replay->document("station_status", "")->body);
  EXPECT_EQ(last["last_updated"], kStart.seconds() + 20);
}

TEST_F(GbfsReplayTest, never_serves_a_time_ahead_of_the_clock) {
  options_.step = ReplayStep::kTime;
  for (const auto& [step_s, speed] : {std::pair{2000.0, 0.0}, std::pair{0.0, 0.5}, std::pair{0.0, 60.0}}) {
    options_.step_s = step_s;
    options_.speed = speed;
    const auto replay = open();
    std::int64_t now_ms = 0;
    while (true) {
      const Json served = Json::parse(replay->document("station_status", "")->body);
      EXPECT_LE(served["last_updated"].get<std::int64_t>(), kStart.seconds() + now_ms / 1000);
      if (replay->next_due_ms() < 0) break;
      now_ms = replay->next_due_ms();
      replay->advance();
    }
  }
}

TEST_F(GbfsReplayTest, passes_over_a_broken_snapshot) {
  folder_.write("station_status.2.json", "{\"data\":");
  const auto replay = open();
  const auto first = replay->document("station_status", "");
  EXPECT_EQ(bikes(*replay->document("station_status", first->etag)), 3);
}

TEST_F(GbfsReplayTest, says_what_is_missing) {
  options_.recording = folder_.path() + "/none";
  EXPECT_FALSE(GbfsReplay::open(options_, kStart).ok());
  options_.recording = folder_.path();
  std::filesystem::remove(folder_.path() + "/station_information.json");
  const auto replay = GbfsReplay::open(options_, kStart);
  ASSERT_FALSE(replay.ok());
  EXPECT_NE(replay.error().message.find("--information"), std::string::npos);
}

}  // namespace
}  // namespace wayside::sim
