#pragma once

#include <functional>
#include <stop_token>

#include "central/fold.h"
#include "central/ingest_status.h"
#include "central/record_source.h"
#include "common/base/clock.h"

namespace wayside::central {

struct IngestOptions {
  std::size_t batch_messages = 5000;
  std::chrono::milliseconds batch_wait{20};
  std::chrono::milliseconds retry_wait{1000};  ///< after a failed transaction, or without Kafka
};

/// Carries records from the source through the fold to whoever draws them, in a thread of its own. A batch whose
/// transaction fails is tried again until it succeeds; an offset that is gone from Kafka ends the folding, never the
/// process: the map goes on showing what there is, and readiness says why.
class Ingest {
 public:
  /// `on_batch` is called after each commit, on the ingest thread; it may block to push back.
  using OnBatch = std::function<void(FoldedBatch, const std::stop_token&)>;
  Ingest(Fold& fold, RecordSource& source, const Clock& clock, IngestOptions options, IngestStatus& status, OnBatch on_batch);

  /// Returns when `stop` is asked for, with the last batch committed or not begun.
  void run(const std::stop_token& stop);

 private:
  Status connect();
  bool fold_some(const std::stop_token& stop);
  bool fold_until_committed(const std::stop_token& stop);
  void halt(const std::string& detail, const std::stop_token& stop);
  void report_places();
  void set_state(IngestState state, const std::string& detail);
  void wait(const std::stop_token& stop, std::chrono::milliseconds time);

  Fold& fold_;
  RecordSource& source_;
  const Clock& clock_;
  IngestOptions options_;
  IngestStatus& status_;
  OnBatch on_batch_;
  RecordBatch batch_;
  std::string cluster_id_;
  std::chrono::steady_clock::time_point next_report_;
};

}  // namespace wayside::central
