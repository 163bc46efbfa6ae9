// Proves how the ingest thread behaves around the fold, with a record source in memory: it waits for Kafka, tries a
// failed transaction again with the same records, stops where the log has a gap or is another one, serves operators, and
// follows to another cluster.
#include "central/ingest.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

/// Plays a log of records; one batch a poll.
class LogSource final : public RecordSource {
 public:
  Result<SourceCluster> find_cluster() override {
    if (refusals > 0 || (refuses_after > 0 && assigned >= refuses_after)) {
      --refusals;
      return Error{"no broker answers", {}};
    }
    return SourceCluster{cluster_id, 4};
  }
  Result<std::map<PartitionId, LogBounds>> bounds(const std::vector<PartitionId>& partitions) override {
    std::map<PartitionId, LogBounds> bounds;
    for (const PartitionId& id : partitions) bounds[id] = log_bounds;
    ++looks;
    return bounds;
  }
  Result<std::map<PartitionId, std::int64_t>> marks(const std::map<PartitionId, std::int64_t>& offsets) override {
    std::map<PartitionId, std::int64_t> marks;
    for (const Record& record : log) {
      const auto wanted = offsets.find({record.topic, record.partition});
      if (wanted != offsets.end() && wanted->second == record.offset) marks[wanted->first] = mark_of(record);
    }
    return marks;
  }
  Status assign(const Assignment& given) override {
    assignment = given;
    ++assigned;
    return {};
  }
  PollResult poll(RecordBatch& batch, std::size_t records_max, std::chrono::milliseconds) override {
    if (polled >= log.size()) {
      ended = true;
      std::this_thread::yield();
      return {at_end, "station-status/3 offset 9"};
    }
    while (polled < log.size() && batch.records.size() < std::min(records_max, batch_size))
      batch.records.push_back(log[polled++]);
    return {};
  }
  std::map<PartitionId, std::int64_t> high_watermarks() const override { return {}; }

  std::string cluster_id = "cluster-a";
  int refusals = 0;
  int refuses_after = 0;  ///< no answer any more after so many assignments
  LogBounds log_bounds{0, 1000};
  std::atomic<int> looks = 0;
  std::size_t batch_size = 2;
  std::vector<Record> log;
  std::size_t polled = 0;
  PollOutcome at_end = PollOutcome::kOk;
  Assignment assignment;
  int assigned = 0;
  std::atomic<bool> ended = false;
};

/// A bronze that takes nothing for a while.
class FakeBronze final : public Bronze {
 public:
  Status write(const std::string&, std::span<const Record> records, std::span<const std::string>, UtcTime) override {
    if (refusals > 0) {
      --refusals;
      return Error{"bronze: writing a file: No space left on device", "make room"};
    }
    for (const Record& record : records) kept.push_back(record.offset);
    return {};
  }
  std::optional<std::int64_t> next_offset(const std::string&, const PartitionId& id) const override {
    const auto end = ends.find(id);
    return end == ends.end() ? std::nullopt : std::optional(end->second);
  }
  BronzeCounters counters() const override { return {}; }

  std::atomic<int> refusals = 0;
  std::map<PartitionId, std::int64_t> ends;
  std::vector<std::int64_t> kept;
};

class IngestTest : public FoldTest {
 protected:
  /// Runs the ingest until `enough` is true.
  template <class Enough>
  void run(Enough enough) {
    IngestOptions options;
    options.retry_wait = std::chrono::milliseconds(1);
    options.halted_wait = std::chrono::milliseconds(1);
    options.verify_every = verify_every_;
    Ingest ingest(
        *fold_, source_, clock_, options, status_, desk_,
        [this](const FoldedBatch& batch, const std::stop_token&) { batches_.push_back(batch.counts.records); }, bronze_);
    std::jthread thread([&](const std::stop_token& stop) { ingest.run(stop); });
    while (!enough()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  SystemClock clock_;
  IngestStatus status_;
  OperatorDesk desk_;
  std::chrono::milliseconds verify_every_{60'000};
  LogSource source_;
  Bronze* bronze_ = nullptr;
  std::vector<std::uint64_t> batches_;
};

TEST_F(IngestTest, folds_every_record_in_batches) {
  for (int seq = 1; seq <= 5; ++seq) reading(static_cast<std::uint64_t>(seq), kNoonMs + seq, bikes(seq));
  source_.log.assign(log_.begin(), log_.end());
  run([this] { return source_.ended.load(); });
  EXPECT_EQ(book(), "5 5 0 0 0 0");
  EXPECT_EQ(batches_, (std::vector<std::uint64_t>{2, 2, 1}));
  EXPECT_EQ(status_.read().counts.records, 5U);
}

TEST_F(IngestTest, waits_for_kafka_and_goes_on_from_the_saved_offsets) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  source_.refusals = 3;
  run([this] { return source_.ended.load(); });
  EXPECT_EQ(source_.assigned, 1);
  EXPECT_EQ(source_.assignment[(PartitionId{topic_of("station-status"), 3})], 1);
  EXPECT_FALSE(source_.assignment[(PartitionId{topic_of("station-status"), 0})].has_value());
}

TEST_F(IngestTest, a_failed_transaction_is_tried_again_with_the_same_records) {
  ASSERT_TRUE(
      database_->execute("CREATE TRIGGER full BEFORE INSERT ON reading BEGIN SELECT RAISE(ABORT, 'disk full'); END").ok());
  reading(1, kNoonMs, bikes(1));
  source_.log.assign(log_.begin(), log_.end());
  run([this] { return status_.read().fold_errors >= 3; });
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 0);
  ASSERT_TRUE(database_->execute("DROP TRIGGER full").ok());
  source_.polled = 0;
  run([this] { return source_.ended.load(); });
  EXPECT_EQ(book(), "1 1 0 0 0 0");
}

TEST_F(IngestTest, what_bronze_does_not_take_is_not_folded_until_it_does) {
  FakeBronze bronze;
  bronze_ = &bronze;
  bronze.refusals = 1'000'000;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) reading(seq, kNoonMs, bikes(1));
  source_.log.assign(log_.begin(), log_.end());
  IngestReport report;
  run([&] {
    report = status_.read();
    return report.fold_errors >= 3;
  });
  EXPECT_EQ(report.state, IngestState::kDatabaseError);
  EXPECT_NE(report.detail.find("No space left"), std::string::npos);
  EXPECT_EQ(number("SELECT count(*) FROM reading"), 0);
  EXPECT_EQ(number("SELECT next_offset FROM partition_offset WHERE topic = 'station-status' AND partition = 3"), 0);
  bronze.refusals = 3;
  source_.polled = 0;
  run([this] { return source_.ended.load(); });
  EXPECT_EQ(bronze.kept, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(book(), "3 3 0 0 0 0");
}

TEST_F(IngestTest, where_bronze_ends_before_the_database_records_are_read_again_and_not_folded_twice) {
  for (std::uint64_t seq = 1; seq <= 4; ++seq) reading(seq, kNoonMs, bikes(1));
  fold_log();
  source_.log.assign(log_.begin() + 2, log_.end());
  FakeBronze bronze;
  bronze_ = &bronze;
  bronze.ends[{topic_of("station-status"), 3}] = 2;
  run([this] { return source_.ended.load(); });
  EXPECT_EQ(source_.assignment[(PartitionId{topic_of("station-status"), 3})], 2);
  EXPECT_EQ(bronze.kept, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(book(), "4 4 0 0 0 0");
}

TEST_F(IngestTest, records_that_are_gone_stop_the_folding_and_are_named) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  source_.log_bounds = {8, 20};
  IngestReport report;
  run([&] {
    report = status_.read();
    return report.state == IngestState::kOutOfRange;
  });
  EXPECT_EQ(source_.assigned, 0);
  const auto gap = std::find_if(report.gaps.begin(), report.gaps.end(), [](const LogGap& each) {
    return each.id == PartitionId{topic_of("station-status"), 3};
  });
  ASSERT_NE(gap, report.gaps.end());
  EXPECT_EQ(gap->records(), 7);
  EXPECT_EQ(describe(*gap), "station-status/3: records 1 to 7 are gone from Kafka (7)");
  EXPECT_EQ(number("SELECT next_offset FROM partition_offset WHERE topic = 'station-status' AND partition = 3"), 1);
}

TEST_F(IngestTest, a_log_that_ends_before_our_place_stops_the_folding) {
  for (std::uint64_t seq = 1; seq <= 3; ++seq) reading(seq, kNoonMs, bikes(1));
  fold_log();
  source_.log_bounds = {0, 2};
  run([&] { return status_.read().state == IngestState::kOutOfRange; });
  EXPECT_EQ(status_.read().gaps.at(0).kind, GapKind::kLogShorter);
  EXPECT_EQ(source_.assigned, 0);
}

TEST_F(IngestTest, another_log_under_the_same_name_stops_the_folding_and_stays_noticed_over_a_restart) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  log_.clear();
  next_offset_.clear();
  for (std::uint64_t seq = 1; seq <= 5; ++seq) reading(seq, kNoonMs, bikes(9), "agent-a", "e2");
  source_.log.assign(log_.begin(), log_.end());
  for (int start = 0; start < 2; ++start) {
    run([&] { return status_.read().state == IngestState::kOutOfRange; });
    EXPECT_EQ(status_.read().gaps.at(0).kind, GapKind::kOtherLog);
    EXPECT_EQ(number("SELECT count(*) FROM reading"), 1);
    status_.update([](IngestReport& report) { report.state = IngestState::kStopped; });
    open();
  }
}

TEST_F(IngestTest, a_log_exchanged_while_central_runs_is_noticed_at_the_next_comparison) {
  for (std::uint64_t seq = 1; seq <= 4; ++seq) reading(seq, kNoonMs, bikes(1));
  source_.log.assign(log_.begin(), log_.end());
  source_.batch_size = 10;
  verify_every_ = std::chrono::milliseconds(5);
  run([this] { return source_.looks > 2 && source_.ended; });
  EXPECT_EQ(status_.read().state, IngestState::kStopped);
  source_.log.clear();
  for (Record other : std::vector<Record>(log_.begin(), log_.end())) {
    other.key = "other";
    source_.log.push_back(other);
  }
  run([&] { return status_.read().state == IngestState::kOutOfRange; });
  EXPECT_EQ(status_.read().gaps.at(0).kind, GapKind::kOtherLog);
}

TEST_F(IngestTest, folding_goes_on_when_kafka_has_the_records_again) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  reading(2, kNoonMs + 1, bikes(2));
  source_.log.assign(log_.begin(), log_.end());
  source_.log_bounds = {8, 20};
  run([&] { return status_.read().state == IngestState::kOutOfRange; });
  source_.log_bounds = {0, 20};
  run([&] { return source_.ended.load(); });
  EXPECT_EQ(book(), "2 2 0 0 0 0");
  EXPECT_TRUE(status_.read().gaps.empty());
}

TEST_F(IngestTest, an_error_without_a_gap_is_looked_at_again_and_skips_nothing) {
  source_.at_end = PollOutcome::kOutOfRange;
  run([this] { return source_.looks >= 3; });
  EXPECT_GE(source_.assigned, 2);
}

TEST_F(IngestTest, a_kafka_that_no_longer_answers_is_waited_for_and_folding_goes_on_by_itself) {
  source_.at_end = PollOutcome::kNoAnswer;
  source_.refuses_after = 1;
  IngestReport report;
  run([&] {
    report = status_.read();
    return report.state == IngestState::kWaitingForKafka && source_.ended;
  });
  EXPECT_NE(report.detail, "");
  source_.at_end = PollOutcome::kOk;
  source_.refuses_after = 0;
  run([this] { return status_.read().state == IngestState::kFolding; });
}

TEST_F(IngestTest, operators_are_served_while_nothing_is_folded) {
  source_.refusals = 1'000'000;
  std::atomic<bool> served = false;
  boost::asio::io_context loop;
  ASSERT_TRUE(desk_.ask(loop, nullptr, [&](Fold&, FoldedBatch&) {
    served = true;
    return HttpResponse{};
  }));
  run([&] { return served.load(); });
}

TEST_F(IngestTest, a_gap_taken_by_an_operator_is_kept_and_shows_as_missing) {
  for (std::uint64_t seq = 1; seq <= 2; ++seq) reading(seq, kNoonMs, bikes(1));
  fold_log();
  const PartitionId id{topic_of("station-status"), 3};
  auto offsets = OffsetStore::open(*database_);
  ASSERT_TRUE(offsets.ok());
  ASSERT_TRUE(offsets->select_cluster("cluster-a", UtcTime{kNoonMs}).ok());
  ASSERT_TRUE(offsets->accept({{id, GapKind::kBehindRetention, 2, 7, 9, UtcTime{kNoonMs}}}, UtcTime{kNoonMs + 9}).ok());
  EXPECT_EQ(text("SELECT topic||' '||partition||' '||kind||' '||stood_at||' '||goes_on_at||' '||records FROM gap"),
            "station-status 3 behind_retention 2 7 5");
  log_.clear();
  open();
  next_offset_[id.topic] = 7;
  reading(8, kNoonMs + 100, bikes(2));
  reading(4, kNoonMs + 100, bikes(2), "agent-a", "e2");
  fold_log();
  EXPECT_EQ(book(), "8 3 0 0 5 0");
  EXPECT_EQ(book("e2"), "4 1 0 0 3 0");  // an epoch that began in the gap
}

TEST_F(IngestTest, another_cluster_is_followed_to_its_beginning) {
  reading(1, kNoonMs, bikes(1));
  fold_log();
  source_.cluster_id = "cluster-b";
  run([this] { return source_.ended.load(); });
  EXPECT_FALSE(source_.assignment[(PartitionId{topic_of("station-status"), 3})].has_value());
  EXPECT_TRUE(status_.read().cluster_changed);
  EXPECT_EQ(book(), "1 1 0 0 0 0");
}

}  // namespace
}  // namespace wayside::central
