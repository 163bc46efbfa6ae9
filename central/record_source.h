#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "central/record.h"
#include "common/base/result.h"

namespace wayside::central {

struct SourceCluster {
  std::string cluster_id;
  int partitions = 0;  ///< of every topic
};

/// What a partition holds: offsets from `low` on, the next record will get `high`.
struct LogBounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// Where to begin in each partition; nothing: at its beginning.
using Assignment = std::map<PartitionId, std::optional<std::int64_t>>;

enum class PollOutcome {
  kOk,              ///< the batch may be empty
  kOutOfRange,      ///< an assigned offset is not there (any more)
  kClusterChanged,  ///< the addresses lead to another cluster now
  kTopicGone,       ///< a topic is not there any more
  kNoAnswer,        ///< the cluster has not answered for a while; nothing is lost, but nothing comes either
};
struct PollResult {
  PollOutcome outcome = PollOutcome::kOk;
  std::string detail;
};

/// Seam: where records come from. Used by one thread only.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Asks the cluster who it is and checks its topics. Blocks for some seconds at most; an error may be tried again.
  virtual Result<SourceCluster> find_cluster() = 0;
  /// What each of the partitions holds.
  virtual Result<std::map<PartitionId, LogBounds>> bounds(const std::vector<PartitionId>& partitions) = 0;
  /// The marks (record.h) of the records at these offsets; a partition without a record there is left out. Does not
  /// disturb the assignment.
  virtual Result<std::map<PartitionId, std::int64_t>> marks(const std::map<PartitionId, std::int64_t>& offsets) = 0;
  virtual Status assign(const Assignment& assignment) = 0;
  /// Appends records in partition order until there are `records_max`, or `wait` has passed since the first one came, or
  /// nothing came for a moment.
  virtual PollResult poll(RecordBatch& batch, std::size_t records_max, std::chrono::milliseconds wait) = 0;
  /// Last known end of each assigned partition; does not ask the cluster.
  virtual std::map<PartitionId, std::int64_t> high_watermarks() const = 0;
};

}  // namespace wayside::central
