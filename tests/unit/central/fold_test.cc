// Proves the fold's invariants on a real SQLite file with a log of records made by hand: each reading is counted and
// kept once whatever is fed again, late ones change history only, and refused ones stay in the ledger.
#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

constexpr const char* kOffsetOfStatus =
    "SELECT next_offset FROM partition_offset WHERE topic = 'station-status' AND cluster_pk = 1";

TEST_F(FoldTest, keeps_readings_state_account_and_offset_in_one_commit) {
  reading(1, kNoonMs - 60'000, bikes(5));
  reading(2, kNoonMs - 30'000, bikes(6));
  const FoldedBatch batch = fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 2);
  EXPECT_EQ(book(), "2 2 0 0 0 0");
  EXPECT_EQ(number(kOffsetOfStatus), 2);
  ASSERT_EQ(batch.stations.size(), 1U);
  EXPECT_EQ(batch.stations[0].streams[0].values_json(), bikes(6));
  EXPECT_EQ(batch.stations[0].agent, "agent-a");
}

TEST_F(FoldTest, any_prefix_fed_again_after_a_restart_changes_nothing) {
  for (int seq = 1; seq <= 20; ++seq) reading(static_cast<std::uint64_t>(seq), kNoonMs - 60'000 + seq * 1000, bikes(seq));
  for (std::size_t cut = 0; cut <= 20; cut += 5) {
    fold(std::vector<Record>(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(cut)));
    open();
  }
  fold_log();
  const std::string once = contents();
  open();
  fold_log();
  EXPECT_EQ(contents(), once);
  EXPECT_EQ(book(), "20 20 0 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 20);
}

TEST_F(FoldTest, the_same_readings_under_new_offsets_only_count_as_repeats) {
  reading(1, kNoonMs - 60'000, bikes(5));
  reading(2, kNoonMs - 30'000, bikes(6));
  fold_log();
  const std::string once = contents();
  reading(1, kNoonMs - 60'000, bikes(5));
  reading(2, kNoonMs - 30'000, bikes(6));
  fold_log();
  EXPECT_EQ(contents(), once);
  EXPECT_EQ(book(), "2 2 0 0 0 2");
}

TEST_F(FoldTest, a_repeat_in_the_same_batch_is_recognised) {
  reading(1, kNoonMs, bikes(5));
  reading(1, kNoonMs, bikes(5));
  fold_log();
  EXPECT_EQ(book(), "1 1 0 0 0 1");
}

TEST_F(FoldTest, a_late_reading_changes_history_never_the_present) {
  reading(2, kNoonMs, bikes(9));
  reading(1, kNoonMs - 60'000, bikes(1));
  const FoldedBatch batch = fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 2);
  EXPECT_EQ(text("SELECT fields FROM stream_state"), bikes(9));
  EXPECT_EQ(batch.counts.late, 1U);
}

TEST_F(FoldTest, of_two_readings_of_one_time_the_later_offset_is_the_present) {
  reading(1, kNoonMs, bikes(1));
  reading(2, kNoonMs, bikes(2));
  fold_log();
  EXPECT_EQ(text("SELECT fields FROM stream_state"), bikes(2));
}

TEST_F(FoldTest, holes_are_missing_until_they_come) {
  reading(1, kNoonMs - 9000, bikes(1));
  reading(5, kNoonMs - 5000, bikes(5));
  fold_log();
  EXPECT_EQ(book(), "5 2 0 0 3 0");
  for (const int seq : {3, 2, 4}) reading(static_cast<std::uint64_t>(seq), kNoonMs - 10'000 + seq * 1000, bikes(seq));
  fold_log();
  EXPECT_EQ(book(), "5 5 0 0 0 0");
}

TEST_F(FoldTest, a_station_belongs_to_the_agent_that_first_announced_it) {
  record(kTopicStationInformation, "72", R"({"kind":"bike","name":"Here"})", "agent-a");
  record(kTopicStationInformation, "72", R"({"kind":"bike","name":"Stolen"})", "agent-b");
  reading(1, kNoonMs, bikes(99), "agent-b", "e1");
  reading(1, kNoonMs, bikes(5), "agent-a", "e1");
  const FoldedBatch batch = fold_log();
  EXPECT_EQ(batch.stations[0].info->name, "Here");
  EXPECT_EQ(text("SELECT fields FROM stream_state"), bikes(5));
  EXPECT_EQ(number("SELECT count(*) FROM quarantine WHERE reason = 'not_owner'"), 2);
  EXPECT_EQ(book("e1", "agent-a"), "1 1 0 0 0 0");
  EXPECT_EQ(book("e1", "agent-b"), "1 0 1 0 0 0");
}

TEST_F(FoldTest, a_reading_from_the_future_is_quarantined_and_counted_as_refused) {
  reading(1, kNoonMs + 5 * 60'000, bikes(1));
  reading(2, kNoonMs + 5 * 60'000 + 1, bikes(2));
  fold_log();
  EXPECT_EQ(book(), "2 1 1 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM quarantine WHERE reason = 'future_time' AND seq = 2"), 1);
  reading(2, kNoonMs + 5 * 60'000 + 1, bikes(2));  // its receipt was lost
  fold_log();
  EXPECT_EQ(book(), "2 1 1 0 0 1");
  EXPECT_EQ(number("SELECT count(*) FROM quarantine"), 1);
  EXPECT_EQ(number("SELECT times FROM quarantine"), 2);
}

TEST_F(FoldTest, a_known_seq_with_other_content_is_seq_reused) {
  reading(1, kNoonMs, bikes(1));
  reading(1, kNoonMs, bikes(2));
  reading(1, kNoonMs - 1000, bikes(1));
  fold_log();
  EXPECT_EQ(book(), "1 1 0 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM quarantine WHERE reason = 'seq_reused'"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 1);
}

TEST_F(FoldTest, an_unknown_clock_is_history_only) {
  Record& sent = reading(1, kNoonMs - 1000, bikes(1));
  std::string& bytes = texts_.emplace_back(sent.value);
  bytes.replace(bytes.find("synced"), 6, "unknown");
  sent.value = bytes;
  const FoldedBatch batch = fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 1);
  ASSERT_EQ(batch.stations.size(), 1U);
  EXPECT_FALSE(batch.stations[0].streams[0].observed_at.has_value());
  EXPECT_TRUE(batch.stations[0].streams[0].bad_clock_at.has_value());
}

TEST_F(FoldTest, unnumbered_readings_are_recognised_by_their_content) {
  for (const int count : {1, 1, 2, 1}) reading(0, kNoonMs, bikes(count));
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 2);
  EXPECT_EQ(number("SELECT unnumbered FROM station"), 2);
  EXPECT_EQ(number("SELECT unnumbered_repeated FROM station"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM account"), 0);
}

TEST_F(FoldTest, without_history_the_present_and_the_ledger_are_kept_all_the_same) {
  FoldOptions options;
  options.keep_readings = false;
  open("cluster-a", options);
  reading(1, kNoonMs - 60'000, bikes(5));
  reading(2, kNoonMs - 30'000, bikes(6));
  reading(2, kNoonMs - 30'000, bikes(6));
  reading(0, kNoonMs, bikes(7));
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 0);
  EXPECT_EQ(book(), "2 2 0 0 0 1");
  EXPECT_EQ(number("SELECT unnumbered FROM station"), 1);
  EXPECT_EQ(number("SELECT observed_at FROM stream_state"), kNoonMs);
}

TEST_F(FoldTest, a_loss_statement_explains_holes_and_states_the_last_seq) {
  reading(1, kNoonMs - 9000, bikes(1));
  reading(4, kNoonMs - 5000, bikes(4));
  reading(1, kNoonMs, R"({"epoch":"e1","ranges":[[2,4]],"reason":"outbox_full","last_seq":6})", "agent-a", "e2", Stream::kLoss);
  fold_log();
  EXPECT_EQ(book("e1"), "6 2 0 2 2 0");  // 4 came all the same; 5 and 6 are still on their way
  EXPECT_EQ(book("e2"), "1 1 0 0 0 0");
  reading(2, kNoonMs - 8000, bikes(2));  // and so did 2
  fold_log();
  EXPECT_EQ(book("e1"), "6 3 0 1 2 0");
}

TEST_F(FoldTest, statements_on_more_epochs_than_are_kept_in_memory_are_all_booked_in_one_batch) {
  for (int epoch = 1; epoch <= 20; ++epoch) {
    const std::string text =
        R"({"epoch":"old)" + std::to_string(epoch) + R"(","ranges":[],"reason":"epoch_closed","last_seq":0})";
    reading(static_cast<std::uint64_t>(epoch), kNoonMs, text, "agent-a", "e1", Stream::kLoss);
  }
  fold_log();
  EXPECT_EQ(book("e1"), "20 20 0 0 0 0");
  EXPECT_EQ(book("old20"), "0 0 0 0 0 0");
}

TEST_F(FoldTest, a_dead_letter_is_refused_in_the_account_once) {
  reading(1, kNoonMs - 1000, bikes(1));
  dead_letter(2, "{\"bad\":1}");
  dead_letter(2, "{\"bad\":1}");
  reading(3, kNoonMs, bikes(3));
  fold_log();
  EXPECT_EQ(book(), "3 2 1 0 0 1");
  EXPECT_EQ(number("SELECT count(*) FROM quarantine WHERE source = 'bridge' AND reason = 'out_of_range'"), 1);
  EXPECT_EQ(number("SELECT total FROM quarantine_count WHERE source = 'bridge'"), 1);
}

TEST_F(FoldTest, an_account_opens_at_one_when_central_saw_the_partition_from_its_start) {
  reading(7, kNoonMs, bikes(7));
  fold_log();
  EXPECT_EQ(book(), "7 1 0 0 6 0");
}

TEST_F(FoldTest, an_account_opens_at_the_first_seq_seen_when_the_head_of_the_partition_is_gone) {
  begin_where_the_head_is_gone();
  reading(7, kNoonMs, bikes(7));
  reading(9, kNoonMs + 1, bikes(9));
  fold_log();
  EXPECT_EQ(book(), "3 2 0 0 1 0");
  EXPECT_EQ(number("SELECT opened_at_seq FROM account"), 7);
  open("cluster-whose-head-is-gone");
  reading(5, kNoonMs - 9, bikes(2));
  reading(1, kNoonMs, R"({"epoch":"e1","ranges":[[4,4]],"reason":"outbox_full","last_seq":4})", "agent-a", "e2", Stream::kLoss);
  fold_log();
  EXPECT_EQ(book(), "6 3 0 1 2 0");
  EXPECT_EQ(number("SELECT opened_at_seq FROM account WHERE epoch = 'e1'"), 4);
}

TEST_F(FoldTest, an_epoch_first_seen_behind_the_end_that_the_log_had_opens_at_one) {
  begin_where_the_head_is_gone();
  next_offset_[topic_of("station-status")] = 1010;  // central has caught up
  for (const std::uint64_t seq : {50U, 51U}) reading(seq, kNoonMs + static_cast<std::int64_t>(seq), bikes(1));
  fold_log();
  EXPECT_EQ(book(), "51 2 0 0 49 0");
  for (std::uint64_t seq = 1; seq < 50; ++seq) {  // the backlog, without three that were lost
    if (seq < 7 || seq > 9) reading(seq, kNoonMs + static_cast<std::int64_t>(seq), bikes(1));
  }
  fold_log();
  EXPECT_EQ(book(), "51 48 0 0 3 0");
}

TEST_F(FoldTest, live_readings_that_come_first_do_not_hide_what_the_backlog_lacks) {
  begin_where_the_head_is_gone();
  for (const std::uint64_t seq : {50U, 51U}) reading(seq, kNoonMs + static_cast<std::int64_t>(seq), bikes(1));
  fold_log();
  open("cluster-whose-head-is-gone");
  for (std::uint64_t seq = 1; seq < 50; ++seq) {
    if (seq < 7 || seq > 9) reading(seq, kNoonMs + static_cast<std::int64_t>(seq), bikes(1));
  }
  fold_log();
  EXPECT_EQ(book(), "51 48 0 0 3 0");
}

TEST_F(FoldTest, another_cluster_begins_at_its_start_and_keeps_the_ledger) {
  reading(1, kNoonMs - 1000, bikes(1));
  fold_log();
  open("cluster-b");
  EXPECT_TRUE(cluster_changed_);
  EXPECT_TRUE(fresh_cluster_);
  next_offset_.clear();
  log_.clear();
  reading(1, kNoonMs - 1000, bikes(1));
  reading(2, kNoonMs, bikes(2));
  fold_log();
  EXPECT_EQ(book(), "2 2 0 0 0 1");
  open("cluster-a");
  EXPECT_FALSE(fresh_cluster_);
  EXPECT_EQ(number(kOffsetOfStatus), 1);
}

TEST_F(FoldTest, a_failed_fold_leaves_everything_as_it_was_and_can_be_tried_again) {
  reading(1, kNoonMs - 2000, bikes(1));
  fold_log();
  const std::string before = contents();
  ASSERT_TRUE(
      database_
          ->execute("CREATE TRIGGER full BEFORE INSERT ON reading WHEN NEW.seq = 3 BEGIN SELECT RAISE(ABORT, 'disk full'); END")
          .ok());
  for (const int seq : {2, 3, 4}) reading(static_cast<std::uint64_t>(seq), kNoonMs - 2000 + seq, bikes(seq));
  const std::vector<Record> records(log_.begin(), log_.end());
  EXPECT_FALSE(fold_->fold(records, UtcTime{kNoonMs}).ok());
  EXPECT_EQ(contents(), before);
  ASSERT_TRUE(database_->execute("DROP TRIGGER full").ok());
  fold(records);
  EXPECT_EQ(book(), "4 4 0 0 0 0");
  EXPECT_EQ(number(kOffsetOfStatus), 4);
}

TEST_F(FoldTest, another_writer_is_noticed_and_nothing_is_overwritten) {
  reading(1, kNoonMs - 2000, bikes(1));
  fold_log();
  ASSERT_TRUE(database_->execute("UPDATE partition_offset SET next_offset = 17").ok());
  reading(2, kNoonMs, bikes(2));
  EXPECT_FALSE(fold_->fold(std::vector<Record>(log_.begin(), log_.end()), UtcTime{kNoonMs}).ok());
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 1);
}

TEST_F(FoldTest, weather_parts_merge_and_old_parts_drop_out) {
  const auto weather = [&](std::uint64_t seq, std::int64_t at, const std::string& values) {
    reading(seq, at, values, "agent-a", "e1", Stream::kWeather);
  };
  weather(1, kNoonMs - 10'000, R"({"air_temperature_C":4.5,"relative_humidity_pct":80})");
  weather(2, kNoonMs - 8'000, R"({"wind_speed_m_s":3})");
  weather(3, kNoonMs - 9'000, R"({"air_temperature_C":4.6,"wind_speed_m_s":9})");  // late for the wind, not for the air
  weather(4, kNoonMs - 7'000, "{}");
  FoldedBatch batch = fold_log();
  EXPECT_EQ(batch.stations[0].streams[0].values_json(),
            R"({"air_temperature_C":4.6,"relative_humidity_pct":80,"wind_speed_m_s":3})");
  EXPECT_EQ(batch.stations[0].streams[0].observed_at->ms, kNoonMs - 7'000);
  weather(5, kNoonMs - 9'500 + 1'500'000, R"({"wind_speed_m_s":5})");
  log_.back().timestamp = UtcTime{kNoonMs + 1'500'000};
  batch = fold_log();
  EXPECT_EQ(batch.stations[0].streams[0].values_json(), R"({"air_temperature_C":4.6,"wind_speed_m_s":5})");
  open();
  EXPECT_EQ(fold_->all_stations()[0].streams[0].values_json(), R"({"air_temperature_C":4.6,"wind_speed_m_s":5})");
}

TEST_F(FoldTest, a_heartbeat_moves_the_time_and_keeps_the_values) {
  reading(1, kNoonMs - 60'000, bikes(3));
  reading(2, kNoonMs, "{}");
  fold_log();
  EXPECT_EQ(text("SELECT fields FROM stream_state"), bikes(3));
  EXPECT_EQ(number("SELECT observed_at FROM stream_state"), kNoonMs);
}

TEST_F(FoldTest, an_empty_information_retires_the_station_and_new_information_brings_it_back) {
  const std::string info =
      R"({"kind":"bike","name":"Here","lat":1.5,"lon":2.5,"streams":{"bike_status":{"report_interval_s":60}}})";
  record(kTopicStationInformation, "72", info);
  EXPECT_TRUE(fold_log().stations[0].shown);
  record(kTopicStationInformation, "72", "");
  EXPECT_FALSE(fold_log().stations[0].shown);
  open();
  EXPECT_TRUE(fold_->all_stations().empty());
  record(kTopicStationInformation, "72", info);
  EXPECT_TRUE(fold_log().stations[0].shown);
  EXPECT_EQ(fold_->all_stations()[0].info->report_interval_s[0], 60);
}

TEST_F(FoldTest, one_bad_item_does_not_stop_a_batch) {
  reading(1, kNoonMs - 2000, bikes(1));
  record("station-status", "72", "not json");
  record(kTopicStationInformation, "72", R"({"kind":"tram"})");
  record(kTopicAgentHealth, "agent-a", "[]");
  record(kTopicDeadLetter, "x", "{}");
  record("station-status", "72", "", "");
  reading(2, kNoonMs, bikes(2));
  fold_log();
  EXPECT_EQ(book(), "2 2 0 0 0 0");
  EXPECT_EQ(number("SELECT count(*) FROM quarantine"), 5);
}

TEST_F(FoldTest, a_last_will_keeps_what_the_agent_said_before) {
  health({{"e1", 7, 6, 0, 0, 1}});
  record(kTopicAgentHealth, "agent-a", R"({"agent":"agent-a","status":"offline","at":"2026-11-20T12:00:00Z"})");
  log_.back().timestamp = UtcTime{kNoonMs + 9};
  fold_log();
  EXPECT_EQ(text("SELECT status FROM health"), "offline");
  EXPECT_EQ(number("SELECT last_word_at FROM health"), kNoonMs);
  EXPECT_EQ(number("SELECT received_at FROM health"), kNoonMs + 9);
  EXPECT_EQ(number("SELECT accepted FROM agent_epoch"), 7);
}

TEST_F(FoldTest, of_an_epoch_that_an_agent_names_no_more_nothing_waits) {
  health({{"e2", 1, 0, 0, 0, 1}, {"e1", 3, 2, 0, 0, 1}});
  record(kTopicAgentHealth, "agent-a", R"({"agent":"agent-a","status":"offline","at":"2026-11-20T12:00:00Z"})");
  fold_log();
  EXPECT_EQ(number("SELECT sum(waiting) FROM agent_epoch"), 2);
  health({{"e2", 1, 0, 0, 0, 1}});
  fold_log();
  EXPECT_EQ(number("SELECT waiting FROM agent_epoch WHERE epoch = 'e1'"), 0);
  EXPECT_EQ(number("SELECT accepted FROM agent_epoch WHERE epoch = 'e1'"), 3);
  EXPECT_EQ(number("SELECT waiting FROM agent_epoch WHERE epoch = 'e2'"), 1);
}

TEST_F(FoldTest, the_quarantine_stays_within_its_limit_and_counts_what_went_out) {
  FoldOptions options;
  options.quarantine.rows_max = 3;
  open("cluster-a", options);
  for (int i = 0; i < 5; ++i) record("station-status", "72", "not json " + std::to_string(i));
  fold_log();
  EXPECT_EQ(number("SELECT count(*) FROM quarantine"), 3);
  EXPECT_EQ(number("SELECT value FROM meta WHERE key = 'quarantine_out'"), 2);
  EXPECT_EQ(number("SELECT total FROM quarantine_count"), 5);
}

}  // namespace
}  // namespace wayside::central
