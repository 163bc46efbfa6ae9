#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "central/fold.h"
#include "central/schema.h"
#include "common/contract/message.h"

namespace wayside::central {

inline constexpr std::int64_t kNoonMs = 1'795'176'000'000;  // 2026-11-20T12:00:00Z

/// A log of Kafka records in memory and a fold over a real SQLite file in a folder of its own.
class FoldTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("wayside_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) +
               std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    open();
  }
  void TearDown() override {
    fold_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Opens database and fold anew, as a restarted central does.
  void open(const std::string& cluster = "cluster-a", FoldOptions options = {}) {
    fold_.reset();
    database_.reset();
    auto database = SqlDatabase::open((folder_ / "central.db").string());
    ASSERT_TRUE(database.ok());
    database_ = std::make_unique<SqlDatabase>(std::move(*database));
    ASSERT_TRUE(prepare_schema(*database_, UtcTime{kNoonMs}).ok());
    auto fold = Fold::open(*database_, options);
    ASSERT_TRUE(fold.ok()) << fold.error().message;
    fold_ = std::move(*fold);
    auto changed = fold_->select_cluster(cluster, UtcTime{kNoonMs});
    ASSERT_TRUE(changed.ok());
    cluster_changed_ = *changed;
    fresh_cluster_ = fold_->places().empty();
    std::map<PartitionId, LogBounds> logs;
    for (std::size_t topic = 0; topic < source_topics().size(); ++topic) logs[{topic, 3}] = {begins_at_, ends_at_};
    ASSERT_TRUE(fold_->begin_partitions(logs).ok());
  }

  /// Kafka has offsets 1000 to 1009 of each log when central begins.
  void begin_where_the_head_is_gone() {
    begins_at_ = 1000;
    ends_at_ = 1010;
    open("cluster-whose-head-is-gone");
    for (std::size_t topic = 0; topic < source_topics().size(); ++topic) next_offset_[topic] = 1000;
  }

  static std::size_t topic_of(std::string_view name) {
    for (std::size_t i = 0; i < source_topics().size(); ++i) {
      if (source_topics()[i].name == name) return i;
    }
    ADD_FAILURE() << "no topic " << name;
    return 0;
  }

  /// Appends a record to the log; its bytes live as long as the test.
  Record& record(std::string_view topic, const std::string& key, const std::string& value,
                 const std::string& agent = "agent-a") {
    Record record;
    record.topic = topic_of(topic);
    record.partition = 3;
    record.offset = next_offset_[record.topic]++;
    record.timestamp = UtcTime{kNoonMs};
    record.key = texts_.emplace_back(key);
    record.value = texts_.emplace_back(value);
    record.agent = texts_.emplace_back(agent);
    log_.push_back(record);
    return log_.back();
  }
  Record& reading(std::uint64_t seq, std::int64_t observed_ms, const std::string& values, const std::string& agent = "agent-a",
                  const std::string& epoch = "e1", Stream stream = Stream::kBikeStatus) {
    Reading reading;
    reading.station_id = "72";
    reading.stream = stream;
    reading.epoch = seq == 0 ? "" : epoch;
    reading.seq = seq;
    reading.observed_at = UtcTime{observed_ms};
    reading.values = values;
    return record(kafka_topic(stream), "72", encode_reading(reading), agent);
  }
  /// What agent-a says of its epochs.
  Record& health(std::vector<EpochAccount> epochs, std::int64_t at_ms = kNoonMs) {
    AgentHealth health;
    health.agent = "agent-a";
    health.status = "online";
    health.version = "1";
    health.clock = "synced";
    health.at = health.started_at = UtcTime{at_ms};
    health.epochs = std::move(epochs);
    return record(kTopicAgentHealth, "agent-a", encode_agent_health(health));
  }
  /// What a bridge refused of agent-a's station 72.
  Record& dead_letter(std::uint64_t seq, const std::string& payload = "") {
    DeadLetter dead;
    dead.reason = Reason::kOutOfRange;
    dead.topic = "wayside/v1/agent-a/72/bike_status";
    dead.agent = "agent-a";
    dead.station_id = "72";
    dead.stream = "bike_status";
    dead.epoch = "e1";
    dead.seq = seq;
    dead.received_at = UtcTime{kNoonMs};
    dead.payload = payload;
    return record(kTopicDeadLetter, "72", encode_dead_letter(dead));
  }
  static std::string bikes(int count) { return "{\"num_bikes_available\":" + std::to_string(count) + "}"; }

  FoldedBatch fold(std::span<const Record> records) {
    auto batch = fold_->fold(records, UtcTime{kNoonMs + 50});
    EXPECT_TRUE(batch.ok()) << (batch.ok() ? "" : batch.error().message);
    return batch.ok() ? std::move(*batch) : FoldedBatch{};
  }
  FoldedBatch fold_log() { return fold(std::vector<Record>(log_.begin(), log_.end())); }

  std::int64_t number(const std::string& sql) {
    auto value = database_->query_integer(sql);
    EXPECT_TRUE(value.ok()) << sql;
    return value.ok() ? value->value_or(-1) : -1;
  }
  std::string text(const std::string& sql) {
    auto value = database_->query_text(sql);
    EXPECT_TRUE(value.ok()) << sql;
    return value.ok() ? value->value_or("") : "";
  }
  /// accepted, received, refused, dropped, missing, repeated of one account.
  std::string book(const std::string& epoch = "e1", const std::string& agent = "agent-a") {
    return text(
        "SELECT accepted_n||' '||received_n||' '||refused_n||' '||dropped_n||' '||missing_n||' '||repeated FROM account "
        "JOIN agent USING (agent_pk) WHERE epoch = '" +
        epoch + "' AND name = '" + agent + "'");
  }
  /// Everything that a repeat must not change, as one text.
  std::string contents() {
    return text(
               "SELECT group_concat(station_pk||','||stream||','||observed_at||','||account_pk||','||seq||','||cells, ';') "
               "FROM reading") +
           "|" + text("SELECT group_concat(stream||','||observed_at||','||fields||','||field_times, ';') FROM stream_state") +
           "|" +
           text(
               "SELECT group_concat(hex(received)||','||hex(refused)||','||hex(dropped)||','||accepted_n||','||missing_n, ';') "
               "FROM account");
  }

  std::filesystem::path folder_;
  std::unique_ptr<SqlDatabase> database_;
  std::unique_ptr<Fold> fold_;
  bool cluster_changed_ = false;
  bool fresh_cluster_ = false;  ///< no partition of the cluster was known
  std::int64_t begins_at_ = 0;  ///< low watermark of partitions without a row
  std::int64_t ends_at_ = 0;    ///< and where their log ends
  std::deque<std::string> texts_;
  std::deque<Record> log_;
  std::map<std::size_t, std::int64_t> next_offset_;
};

}  // namespace wayside::central
