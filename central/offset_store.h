#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "central/ids.h"
#include "central/record.h"
#include "central/record_source.h"
#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// A folded record by which a log is known again: another topic under the same name has another record there, or none.
struct LogMark {
  std::int64_t offset = 0;
  std::int64_t value = 0;  ///< mark_of the record
  friend bool operator==(const LogMark&, const LogMark&) = default;
};

/// Where central stands in one partition.
struct PartitionPlace {
  std::int64_t began_at = 0;            ///< first offset central could read
  std::int64_t began_until = 0;         ///< where the log ended then
  std::int64_t next_offset = 0;         ///< next record to fold; every record below has been folded, exactly once
  std::optional<LogMark> mark;          ///< saved; an older one than `latest`, so that a log exchanged unseen is noticed
  std::optional<LogMark> latest;        ///< of the last record folded since the start
  std::optional<UtcTime> folded_until;  ///< time of the last record folded
  const Record* last = nullptr;         ///< within a transaction: the last record of the partition
};
using PartitionPlaces = std::map<PartitionId, PartitionPlace>;

struct LogGap;

/// Tables `cluster` and `partition_offset`. Invariant: offsets change only in the transaction that folds their records.
class OffsetStore {
 public:
  static Result<OffsetStore> open(SqlDatabase& database);

  /// Loads the places of a cluster; a new cluster has none. Returns whether the database knew another cluster before.
  Result<bool> select_cluster(const std::string& cluster_id, UtcTime now);
  /// Within a transaction: saves a place by compare-and-set. A row that is not as expected means that another process
  /// has written: an error, never an overwrite.
  Status save(const PartitionId& id, std::int64_t before, std::int64_t after);

  /// Once logs have been held against their marks: the latest records become the marks, with the next save.
  void renew_marks();
  /// In a transaction of its own: an operator takes these gaps as they are. Each partition goes on at the lowest offset
  /// there is; table `gap` keeps what was missed. From then on no account opens late, so that what was
  /// missed stands in accounts as missing, also that of epochs that began in the gap.
  Status accept(const std::vector<LogGap>& gaps, UtcTime now);

  /// Gives partitions without a row theirs, in a transaction of its own: nothing of them has been folded, and from now
  /// on a gap before the place they begin at is noticed.
  Status begin(const std::map<PartitionId, LogBounds>& fresh);
  /// Whether what came before this record may have been gone from Kafka already when central began there (DESIGN 5.8). A
  /// station has the same partition number in all topics, and its seqs run across them.
  bool may_lack_its_head(const Record& record) const;

  PartitionPlaces& places() { return places_; }
  const PartitionPlaces& places() const { return places_; }
  Status reload();

 private:
  explicit OffsetStore(SqlDatabase& database) : database_(&database) {}

  SqlDatabase* database_;
  SqlStatement update_;
  SqlStatement insert_;
  ClusterPk cluster_{0};
  PartitionPlaces places_;
};

}  // namespace wayside::central
