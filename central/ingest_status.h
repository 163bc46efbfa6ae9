#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "central/fold.h"
#include "central/log_gap.h"

namespace wayside::central {

enum class IngestState {
  kWaitingForKafka,  ///< no answer yet, or its topics are not as they must be
  kFolding,
  kDatabaseError,  ///< the last transaction failed; it is tried again
  kOutOfRange,     ///< an offset is gone from Kafka; an operator must decide
  kStopped,
};
std::string_view to_text(IngestState state);

/// What an operator runs when the log has a gap.
inline constexpr std::string_view kWhatToRun =
    "restore Kafka's log; or take the gap: stop central and run `wayside-central reset --from earliest`";

struct PartitionStatus {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t began_at = 0;
  std::int64_t next_offset = 0;
  std::int64_t high_watermark = -1;  ///< -1: not known yet

  std::int64_t lag() const { return high_watermark > next_offset ? high_watermark - next_offset : 0; }
};

/// What the ingest thread says about itself.
struct IngestReport {
  IngestState state = IngestState::kWaitingForKafka;
  std::string detail;  ///< why it does not fold, and what to do
  std::string cluster_id;
  bool cluster_changed = false;  ///< the database knew another cluster before
  std::vector<PartitionStatus> partitions;
  std::vector<LogGap> gaps;  ///< of kOutOfRange: where it cannot go on
  FoldCounts counts;         ///< since the start
  std::uint64_t batches = 0;
  double fold_seconds = 0;  ///< spent in transactions
  std::uint64_t fold_errors = 0;
};

/// The report, shared between the ingest thread and the main loop.
class IngestStatus {
 public:
  IngestReport read() const {
    const std::lock_guard lock(mutex_);
    return report_;
  }
  template <class Change>
  void update(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(report_);
  }

 private:
  mutable std::mutex mutex_;
  IngestReport report_;
};

}  // namespace wayside::central
