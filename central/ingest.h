#pragma once

#include <functional>
#include <stop_token>

#include "central/bronze.h"
#include "central/fold.h"
#include "central/ingest_status.h"
#include "central/operator_desk.h"
#include "central/record_source.h"
#include "common/base/clock.h"

namespace wayside::central {

struct IngestOptions {
  std::size_t batch_messages = 5000;
  std::chrono::milliseconds batch_wait{20};
  std::chrono::milliseconds retry_wait{1000};      ///< after a failed transaction, or without Kafka
  std::chrono::milliseconds halted_wait{5000};     ///< between two looks whether a gap is still there
  std::chrono::milliseconds verify_every{300000};  ///< between two comparisons of the logs with their marks
  std::chrono::milliseconds tend_every{1000};      ///< between two looks whether the layers have something to do
};

/// Carries records from the source through the fold to whoever draws them, in a thread of its own. A batch whose
/// transaction fails is tried again until it succeeds. A gap in one partition (log_gap.h) stops the folding of all, never
/// the process: half a picture would look like a whole one, so the map keeps what there was, and readiness says why.
/// It goes on by itself when Kafka has the records again; anything else is an operator's decision. With bronze each batch is
/// kept there before its transaction; a disk that does not take it is as a transaction that fails. Where bronze ends before
/// the database (its end was torn off) the records between are read again.
class Ingest {
 public:
  /// `on_batch` is called after each commit, on the ingest thread; it may block to push back.
  using OnBatch = std::function<void(FoldedBatch, const std::stop_token&)>;
  Ingest(Fold& fold, RecordSource& source, const Clock& clock, IngestOptions options, IngestStatus& status, OperatorDesk& desk,
         OnBatch on_batch, Bronze* bronze = nullptr);

  /// Returns when `stop` is asked for, with the last batch committed or not begun.
  void run(const std::stop_token& stop);

 private:
  /// Chooses the cluster, holds its logs against the places and assigns; without assigning when there are gaps.
  Result<std::vector<LogGap>> connect();
  Result<std::map<PartitionId, LogBounds>> begin_partitions(int partitions);
  Assignment begin_at(const PartitionPlaces& known, const std::map<PartitionId, LogBounds>& bounds) const;
  bool fold_some(const std::stop_token& stop);
  void look_again(const PollResult& polled, const std::stop_token& stop);
  void wait_for_kafka(const Error& why);
  void tend();
  void serve_operators(const std::stop_token& stop);
  Result<FoldedBatch> keep_and_fold(bool& kept);
  bool fold_until_committed(const std::stop_token& stop);
  void halt(std::vector<LogGap> gaps, const std::stop_token& stop);
  void report_places();
  void set_state(IngestState state, const std::string& detail);
  void wait(const std::stop_token& stop, std::chrono::milliseconds time);

  Fold& fold_;
  RecordSource& source_;
  const Clock& clock_;
  IngestOptions options_;
  IngestStatus& status_;
  OperatorDesk& desk_;
  OnBatch on_batch_;
  Bronze* bronze_;
  RecordBatch batch_;
  std::string cluster_id_;
  std::chrono::steady_clock::time_point next_report_;
  std::chrono::steady_clock::time_point next_verify_;
  std::chrono::steady_clock::time_point next_tend_;
};

}  // namespace wayside::central
