// Proves the states of DESIGN 6: ages against intervals, the worst stream wins, and a change by age alone is announced.
#include "central/board.h"

#include <gtest/gtest.h>

#include "central/station_row.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kNow = 1'795'176'000'000;
constexpr std::int64_t kMinute = 60'000;

StreamState stream_read_at(Stream stream, std::int64_t observed_ms) {
  StreamState state;
  state.stream = stream;
  state.observed_at = UtcTime{observed_ms};
  state.received_at = state.stored_at = UtcTime{observed_ms};
  return state;
}

StationChange station(std::vector<StreamState> streams,
                      std::string_view info = R"({"kind":"bike","streams":{"bike_status":{"report_interval_s":60}}})") {
  StationChange change;
  change.station_id = "72";
  change.agent = "agent-a";
  if (!info.empty()) change.info = std::make_shared<const StationInfo>(*parse_station_info(info));
  change.streams = std::move(streams);
  return change;
}

StationState state_of(StationChange change, std::int64_t now = kNow) {
  Board board(300);
  std::vector<StationChange> changes;
  changes.push_back(std::move(change));
  board.apply(std::move(changes), UtcTime{now});
  return board.find("72")->state;
}

TEST(Board, ages_make_live_late_and_silent) {
  const auto at_age = [](std::int64_t age_ms) {
    return state_of(station({stream_read_at(Stream::kBikeStatus, kNow - age_ms)}));
  };
  EXPECT_EQ(at_age(0), StationState::kLive);
  EXPECT_EQ(at_age(2 * kMinute), StationState::kLive);
  EXPECT_EQ(at_age(2 * kMinute + 1), StationState::kLate);
  EXPECT_EQ(at_age(5 * kMinute), StationState::kLate);
  EXPECT_EQ(at_age(5 * kMinute + 1), StationState::kSilent);
  EXPECT_EQ(at_age(-4 * kMinute), StationState::kLive);
}

TEST(Board, a_station_without_an_interval_takes_the_default) {
  EXPECT_EQ(state_of(station({stream_read_at(Stream::kBikeStatus, kNow - 10 * kMinute)}, "")), StationState::kLive);
  EXPECT_EQ(state_of(station({stream_read_at(Stream::kBikeStatus, kNow - 10 * kMinute - 1)}, "")), StationState::kLate);
}

TEST(Board, an_announced_stream_that_never_reported_is_never) {
  EXPECT_EQ(state_of(station({})), StationState::kNever);
  EXPECT_EQ(state_of(station({}, R"({"kind":"bike"})")), StationState::kNever);
}

TEST(Board, the_worst_stream_wins) {
  const std::string_view both =
      R"({"kind":"bike","streams":{"bike_status":{"report_interval_s":60},"weather":{"report_interval_s":60}}})";
  EXPECT_EQ(state_of(station({stream_read_at(Stream::kBikeStatus, kNow)}, both)), StationState::kNever);
  EXPECT_EQ(state_of(station({stream_read_at(Stream::kBikeStatus, kNow), stream_read_at(Stream::kWeather, kNow - 9 * kMinute)},
                             both)),
            StationState::kSilent);
  EXPECT_EQ(state_of(station({stream_read_at(Stream::kBikeStatus, kNow - 3 * kMinute)}, both)), StationState::kLate);
}

TEST(Board, a_station_says_itself_that_it_is_out_of_service) {
  const auto with = [](std::string_view values) {
    StreamState state = stream_read_at(Stream::kBikeStatus, kNow);
    decode_fields(state, values, "");
    return state_of(station({state}));
  };
  EXPECT_EQ(with(R"({"is_installed":false})"), StationState::kOutOfService);
  EXPECT_EQ(with(R"({"is_renting":false,"is_returning":false})"), StationState::kOutOfService);
  EXPECT_EQ(with(R"({"is_renting":false,"is_returning":true})"), StationState::kLive);
}

TEST(Board, a_bad_clock_shows_unless_good_readings_keep_the_stream_live) {
  StreamState state;
  state.bad_clock_at = UtcTime{kNow};
  EXPECT_EQ(state_of(station({state})), StationState::kBadClock);
  StreamState live = stream_read_at(Stream::kBikeStatus, kNow - kMinute);
  live.bad_clock_at = UtcTime{kNow};
  EXPECT_EQ(state_of(station({live})), StationState::kLive);
  EXPECT_EQ(state_of(station({live}), kNow + 2 * kMinute), StationState::kBadClock);
}

TEST(Board, a_change_by_age_alone_is_announced_once) {
  Board board(300);
  std::vector<StationChange> changes;
  changes.push_back(station({stream_read_at(Stream::kBikeStatus, kNow)}));
  board.apply(std::move(changes), UtcTime{kNow});
  EXPECT_EQ(board.take_changed().stations.size(), 1U);
  board.tick(UtcTime{kNow + 2 * kMinute});
  EXPECT_TRUE(board.take_changed().empty());
  board.tick(UtcTime{kNow + 2 * kMinute + 1});
  const Board::Changed changed = board.take_changed();
  ASSERT_EQ(changed.stations.size(), 1U);
  EXPECT_EQ(changed.stations[0]->state, StationState::kLate);
  board.tick(UtcTime{kNow + 6 * kMinute});
  EXPECT_EQ(board.counts()[static_cast<std::size_t>(StationState::kSilent)], 1U);
  board.tick(UtcTime{kNow + 600 * kMinute});
  EXPECT_EQ(board.take_changed().stations.size(), 1U);
}

TEST(Board, a_retired_station_is_removed_and_may_come_back) {
  Board board(300);
  const auto apply = [&](bool shown) {
    std::vector<StationChange> changes;
    changes.push_back(station({stream_read_at(Stream::kBikeStatus, kNow)}));
    changes.back().shown = shown;
    board.apply(std::move(changes), UtcTime{kNow});
  };
  apply(true);
  apply(false);
  Board::Changed changed = board.take_changed();
  EXPECT_EQ(changed.removed, std::vector<std::string>{"72"});
  EXPECT_TRUE(changed.stations.empty());
  apply(true);
  changed = board.take_changed();
  EXPECT_TRUE(changed.removed.empty());
  EXPECT_EQ(changed.stations.size(), 1U);
}

TEST(Board, a_row_says_everything) {
  Board board(300);
  std::vector<StationChange> changes;
  StreamState state = stream_read_at(Stream::kBikeStatus, kNow - 12'340);
  decode_fields(state, R"({"num_bikes_available":3})", "");
  changes.push_back(station(
      {state},
      R"({"kind":"bike","name":"Quote \" here","lat":37.1,"lon":-122.25,"capacity":31,"streams":{"bike_status":{"report_interval_s":60}}})"));
  board.apply(std::move(changes), UtcTime{kNow});
  std::string row;
  append_row(row, *board.find("72"), UtcTime{kNow});
  EXPECT_EQ(
      row,
      R"({"station_id":"72","kind":"bike","name":"Quote \" here","lat":37.1,"lon":-122.25,"capacity":31,"agent":"agent-a","state":"live",)"
      R"("observed_at":"2026-11-20T11:59:47.660Z","received_at":"2026-11-20T11:59:47.660Z","stored_at":"2026-11-20T11:59:47.660Z","age_s":12.3,)"
      R"("streams":{"bike_status":{"state":"live","observed_at":"2026-11-20T11:59:47.660Z","received_at":"2026-11-20T11:59:47.660Z",)"
      R"("stored_at":"2026-11-20T11:59:47.660Z","age_s":12.3,"report_interval_s":60,"clock":"synced","values":{"num_bikes_available":3}}}})");
}

}  // namespace
}  // namespace wayside::central
