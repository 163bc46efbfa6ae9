#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "central/ids.h"
#include "central/record.h"
#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// Where central stands in one partition.
struct PartitionPlace {
  std::int64_t began_at = 0;     ///< first offset central could read
  std::int64_t next_offset = 0;  ///< next record to fold; every record below has been folded, exactly once
};

/// Tables `cluster` and `partition_offset`. Invariant: offsets change only in the transaction that folds their records.
class OffsetStore {
 public:
  static Result<OffsetStore> open(SqlDatabase& database);

  /// Loads the places of a cluster; a new cluster has none. Returns whether the database knew another cluster before.
  Result<bool> select_cluster(const std::string& cluster_id, UtcTime now);
  /// Within a transaction: saves a place by compare-and-set. A row that is not as expected means that another process
  /// has written: an error, never an overwrite.
  Status save(const PartitionId& id, std::int64_t before, std::int64_t after);

  /// Gives partitions without a row theirs, in a transaction of its own: nothing of them has been folded, and from now
  /// on a gap before the place they begin at is noticed.
  Status begin(const std::map<PartitionId, std::int64_t>& low_watermarks);

  std::map<PartitionId, PartitionPlace>& places() { return places_; }
  const std::map<PartitionId, PartitionPlace>& places() const { return places_; }
  Status reload();

 private:
  explicit OffsetStore(SqlDatabase& database) : database_(&database) {}

  SqlDatabase* database_;
  SqlStatement update_;
  SqlStatement insert_;
  ClusterPk cluster_{0};
  std::map<PartitionId, PartitionPlace> places_;
};

}  // namespace wayside::central
