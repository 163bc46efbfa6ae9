// Proves how the ingest thread behaves around the fold, with a record source in memory: it waits for Kafka, tries a
// failed transaction again with the same records, stops at an offset that is gone, and follows to another cluster.
#include "central/ingest.h"

#include <atomic>
#include <thread>

#include "tests/unit/central/fold_fixture.h"

namespace wayside::central {
namespace {

/// Plays a log of records; one batch a poll.
class LogSource final : public RecordSource {
 public:
  Result<SourceCluster> find_cluster() override {
    if (refusals > 0) {
      --refusals;
      return Error{"no broker answers", {}};
    }
    return SourceCluster{cluster_id, 4};
  }
  Result<std::map<PartitionId, std::int64_t>> low_watermarks(const std::vector<PartitionId>& partitions) override {
    std::map<PartitionId, std::int64_t> lows;
    for (const PartitionId& id : partitions) lows[id] = 0;
    return lows;
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
  std::size_t batch_size = 2;
  std::vector<Record> log;
  std::size_t polled = 0;
  PollOutcome at_end = PollOutcome::kOk;
  Assignment assignment;
  int assigned = 0;
  std::atomic<bool> ended = false;
};

class IngestTest : public FoldTest {
 protected:
  /// Runs the ingest until `enough` is true.
  template <class Enough>
  void run(Enough enough) {
    IngestOptions options;
    options.retry_wait = std::chrono::milliseconds(1);
    Ingest ingest(*fold_, source_, clock_, options, status_,
                  [this](FoldedBatch batch, const std::stop_token&) { batches_.push_back(batch.counts.records); });
    std::jthread thread([&](const std::stop_token& stop) { ingest.run(stop); });
    while (!enough()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  SystemClock clock_;
  IngestStatus status_;
  LogSource source_;
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

TEST_F(IngestTest, an_offset_that_is_gone_stops_the_folding_and_says_so) {
  source_.at_end = PollOutcome::kOutOfRange;
  std::string detail;
  run([&] {
    const IngestReport report = status_.read();
    detail = report.detail;
    return report.state == IngestState::kOutOfRange;
  });
  EXPECT_NE(detail.find("station-status/3 offset 9"), std::string::npos);
  EXPECT_EQ(source_.assigned, 1);
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
