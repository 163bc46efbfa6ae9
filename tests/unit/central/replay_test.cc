// Proves what becomes of refused items: a replay passes the same checks, moves the ledger from refused to received exactly
// once, and one bad item stops neither a batch nor a replay. Loss statements are held against what can have been accepted.
#include <algorithm>

#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

class ReplayTest : public FoldTest {
 protected:
  std::vector<Replay> replay(const std::vector<std::int64_t>& ids, std::int64_t now_ms = kNoonMs + 100) {
    std::vector<Replay> replays;
    auto batch = fold_->replay(ids, UtcTime{now_ms}, replays);
    EXPECT_TRUE(batch.ok()) << (batch.ok() ? "" : batch.error().message);
    return replays;
  }
  std::vector<std::int64_t> open_items(Reason reason) {
    auto ids = fold_->open_items(reason, 0, 1000);
    return ids.ok() ? *ids : std::vector<std::int64_t>{-1};
  }
  void move(const std::string& agent) {
    auto moved = fold_->move_station("72", agent, UtcTime{kNoonMs});
    ASSERT_TRUE(moved.ok() && moved->has_value());
  }
  void info(const std::string& name, std::int64_t at_ms, const std::string& agent) {
    record(kTopicStationInformation, "72", R"({"station_id":"72","kind":"bike","name":")" + name + R"("})", agent).timestamp =
        UtcTime{at_ms};
  }
  Record& loss(std::uint64_t seq, const std::string& epoch, const std::string& ranges, std::uint64_t last_seq) {
    return reading(seq, kNoonMs,
                   R"({"epoch":")" + epoch + R"(","ranges":)" + ranges + R"(,"reason":"outbox_full","last_seq":)" +
                       std::to_string(last_seq) + "}",
                   "agent-a", "e1", Stream::kLoss);
  }
};

TEST_F(ReplayTest, a_moved_stations_readings_are_received_once) {
  reading(1, kNoonMs, bikes(1));
  for (std::uint64_t seq = 1; seq <= 3; ++seq)
    reading(seq, kNoonMs + 10 * static_cast<std::int64_t>(seq), bikes(7), "agent-b", "b1");
  fold_log();
  EXPECT_EQ(book("b1", "agent-b"), "3 0 3 0 0 0");
  const auto ids = open_items(Reason::kNotOwner);
  ASSERT_EQ(ids.size(), 3U);

  for (const Replay& each : replay(ids)) {
    EXPECT_EQ(each.outcome, ReplayOutcome::kRefusedAgain);
    EXPECT_EQ(each.refusal.reason, Reason::kNotOwner);
  }
  EXPECT_EQ(book("b1", "agent-b"), "3 0 3 0 0 0");
  EXPECT_EQ(number("SELECT sum(times) FROM quarantine"), 3);

  move("agent-b");
  for (const Replay& each : replay(ids)) EXPECT_EQ(each.outcome, ReplayOutcome::kReplayed);
  EXPECT_EQ(book("b1", "agent-b"), "3 3 0 0 0 0");
  EXPECT_EQ(book(), "1 1 0 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 4);
  EXPECT_TRUE(open_items(Reason::kNotOwner).empty());
  EXPECT_EQ(text("SELECT fields FROM stream_state"), bikes(7));

  const std::string before = contents();
  for (const Replay& each : replay(ids)) EXPECT_EQ(each.outcome, ReplayOutcome::kAlreadyReplayed);
  open();
  for (const Replay& each : replay(ids)) EXPECT_EQ(each.outcome, ReplayOutcome::kAlreadyReplayed);
  EXPECT_EQ(contents(), before);
}

TEST_F(ReplayTest, what_came_another_way_meanwhile_is_not_received_twice) {
  reading(1, kNoonMs, bikes(1));
  reading(1, kNoonMs + 10, bikes(7), "agent-b", "b1");
  fold_log();
  move("agent-b");
  reading(1, kNoonMs + 10, bikes(7), "agent-b", "b1");
  fold_log();
  EXPECT_EQ(book("b1", "agent-b"), "1 1 0 0 0 0");
  EXPECT_EQ(replay(open_items(Reason::kNotOwner)).at(0).outcome, ReplayOutcome::kReplayed);
  EXPECT_EQ(book("b1", "agent-b"), "1 1 0 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 2);
}

TEST_F(ReplayTest, a_failed_transaction_leaves_the_item_for_the_next_try) {
  reading(1, kNoonMs, bikes(1));
  reading(1, kNoonMs + 10, bikes(7), "agent-b", "b1");
  fold_log();
  move("agent-b");
  const auto ids = open_items(Reason::kNotOwner);
  ASSERT_TRUE(
      database_->execute("CREATE TRIGGER full BEFORE INSERT ON reading BEGIN SELECT RAISE(ABORT, 'disk full'); END").ok());
  std::vector<Replay> replays;
  EXPECT_FALSE(fold_->replay(ids, UtcTime{kNoonMs}, replays).ok());
  ASSERT_TRUE(database_->execute("DROP TRIGGER full").ok());
  EXPECT_EQ(book("b1", "agent-b"), "1 0 1 0 0 0");
  EXPECT_EQ(replay(ids).at(0).outcome, ReplayOutcome::kReplayed);
  EXPECT_EQ(book("b1", "agent-b"), "1 1 0 0 0 0");
}

TEST_F(ReplayTest, a_reading_from_the_future_passes_when_its_time_has_come) {
  reading(1, kNoonMs + 3'600'000, bikes(1));
  fold_log();
  const auto ids = open_items(Reason::kFutureTime);
  EXPECT_EQ(replay(ids).at(0).outcome, ReplayOutcome::kRefusedAgain);
  EXPECT_EQ(replay(ids, kNoonMs + 3'600'000).at(0).outcome, ReplayOutcome::kReplayed);
  EXPECT_EQ(book(), "1 1 0 0 0 0");
}

TEST_F(ReplayTest, a_dead_letter_of_a_bridge_is_received_after_a_fix_and_one_bad_item_stops_nothing) {
  Reading good;
  good.station_id = "72";
  good.epoch = "e1";
  good.seq = 1;
  good.observed_at = UtcTime{kNoonMs};
  good.values = bikes(5);
  dead_letter(1, encode_reading(good));
  dead_letter(2, "{\"bad\":1}");
  good.seq = 3;
  dead_letter(3, encode_reading(good));
  record("station-status", "72", "no json at all");
  reading(4, kNoonMs + 1, bikes(2));
  fold_log();
  EXPECT_EQ(book(), "4 1 3 0 0 0");
  const auto replays = replay(open_items(Reason::kOutOfRange));
  ASSERT_EQ(replays.size(), 3U);
  EXPECT_EQ(replays[0].outcome, ReplayOutcome::kReplayed);
  EXPECT_EQ(replays[1].outcome, ReplayOutcome::kRefusedAgain);
  EXPECT_EQ(replays[2].outcome, ReplayOutcome::kReplayed);
  EXPECT_EQ(book(), "4 3 1 0 0 0");
}

TEST_F(ReplayTest, a_strangers_dead_letter_is_not_counted_on_the_owners_account) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  DeadLetter dead;
  dead.topic = "wayside/v1/agent-b/72/bike_status";
  dead.agent = "agent-b";
  dead.station_id = "72";
  dead.epoch = "e1";
  dead.seq = 40;
  record(kTopicDeadLetter, "72", encode_dead_letter(dead), "agent-b");
  fold_log();
  EXPECT_EQ(book(), "1 1 0 0 0 0");
}

TEST_F(ReplayTest, an_absurd_loss_statement_is_refused_and_leaves_the_ledger_alone) {
  for (std::uint64_t seq = 1; seq <= 3; ++seq) reading(seq, kNoonMs, bikes(1));
  loss(4, "e1", "[[2,9007199254740991]]", 9'007'199'254'740'991);  // above its own number
  loss(5, "e1", "[[2,9]]", 3);                                     // ranges above last_seq
  loss(6, "e0", "[[1,9007199254740991]]", 9'007'199'254'740'991);  // more than anybody can have accepted
  loss(7, "e1", "[[2,2]]", 6);
  loss(8, "e0", "[[1,20]]", 20);
  fold_log();
  EXPECT_EQ(open_items(Reason::kOutOfRange).size(), 3U);
  EXPECT_EQ(book(), "8 5 3 0 0 0");
  EXPECT_EQ(book("e0"), "20 0 0 20 0 0");
}

TEST_F(ReplayTest, a_loss_in_an_older_epoch_is_held_against_the_agents_word) {
  record(
      kTopicAgentHealth, "agent-a",
      R"({"agent":"agent-a","status":"online","version":"1","at":"2026-11-20T12:00:00Z","started_at":"2026-11-20T11:00:00Z","clock":"synced","drivers":[],"outbox":{"readings":0,"bytes":0,"bytes_max":9,"hours_left":null},"epochs":[{"epoch":"e0","accepted":50,"receipted":0,"refused":0,"dropped":0,"waiting":50}]})");
  loss(1, "e0", "[[1,50]]", 50);
  loss(2, "e0", "[[51,500000000]]", 500'000'000);  // an hour at the highest rate is 360 million
  fold_log();
  EXPECT_EQ(open_items(Reason::kOutOfRange).size(), 1U);
  EXPECT_EQ(book("e0"), "50 0 0 50 0 0");
}

TEST_F(ReplayTest, a_refused_item_that_comes_again_after_its_replay_is_open_again) {
  reading(1, kNoonMs, bikes(1));
  reading(1, kNoonMs, bikes(2));
  fold_log();
  const auto ids = open_items(Reason::kSeqReused);
  ASSERT_EQ(ids.size(), 1U);
  ASSERT_TRUE(database_->execute("UPDATE quarantine SET replayed_at = 1").ok());
  EXPECT_TRUE(open_items(Reason::kSeqReused).empty());
  reading(1, kNoonMs, bikes(2));
  fold_log();
  EXPECT_EQ(open_items(Reason::kSeqReused), ids);
}

TEST_F(ReplayTest, information_older_than_what_holds_is_not_replayed) {
  info("first", kNoonMs - 5000, "agent-a");
  info("old", kNoonMs - 4000, "agent-b");
  record(kTopicStationInformation, "72", "", "agent-b").timestamp = UtcTime{kNoonMs - 3000};
  fold_log();
  const auto ids = open_items(Reason::kNotOwner);
  ASSERT_EQ(ids.size(), 2U);
  move("agent-b");
  info("new", kNoonMs - 2000, "agent-b");
  fold_log();
  open();
  for (const Replay& each : replay(ids)) {
    EXPECT_EQ(each.outcome, ReplayOutcome::kRefusedAgain);
    EXPECT_EQ(each.refusal.reason, Reason::kOutOfRange);
  }
  EXPECT_NE(text("SELECT info FROM station").find("new"), std::string::npos);
  EXPECT_EQ(number("SELECT retired_at IS NULL FROM station"), 1);
}

TEST_F(ReplayTest, information_said_again_is_as_new_as_its_last_record_and_a_moved_station_takes_its_own) {
  info("a", kNoonMs - 5000, "agent-a");
  info("b", kNoonMs - 4000, "agent-b");
  info("a", kNoonMs - 3000, "agent-a");
  fold_log();
  EXPECT_EQ(number("SELECT info_at FROM station"), kNoonMs - 3000);
  move("agent-b");  // the agent before has said nothing about the new one's station
  EXPECT_EQ(replay(open_items(Reason::kNotOwner)).at(0).outcome, ReplayOutcome::kReplayed);
  EXPECT_NE(text("SELECT info FROM station").find("\"b\""), std::string::npos);
}

}  // namespace
}  // namespace wayside::central
