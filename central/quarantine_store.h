#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/sqlite.h"
#include "common/base/time.h"
#include "common/contract/reason.h"

namespace wayside::central {

/// A refused item on its way into table `quarantine`.
struct QuarantineItem {
  std::string_view source;  ///< "bridge" (it came by dead-letter) or "central"
  Reason reason = Reason::kBadJson;
  std::string_view detail;
  std::string_view topic;  ///< MQTT topic from the bridge, Kafka topic from central
  std::string_view agent;
  std::string_view station_id;
  std::string_view stream;
  std::string_view epoch;
  std::uint64_t seq = 0;
  std::string_view payload;
  UtcTime at;
  std::int32_t kafka_partition = -1;  ///< of the record it came in
  std::int64_t kafka_offset = -1;     ///< of that record; -1 where it orders nothing (dead letters)
};

/// A refused item as it is kept.
struct StoredItem {
  std::string source;
  Reason reason = Reason::kBadJson;
  std::string topic;
  std::string agent;
  std::string station_id;
  std::string payload;
  UtcTime at;
  std::int32_t kafka_partition = -1;
  std::int64_t kafka_offset = -1;
  bool replayed = false;
};

struct QuarantineLimits {
  std::int64_t rows_max = 20'000;
  std::int64_t bytes_max = 128 * 1024 * 1024;
};

/// Writer's side of the one list of refused items. The same item (all but its time) is kept once with a count, so that
/// repeats cannot flood the list; one that comes again after its replay is open again. Over the limits the oldest go out, counted in meta `quarantine_out`.
class QuarantineStore {
 public:
  static Result<QuarantineStore> open(SqlDatabase& database, QuarantineLimits limits);
  Status reload(SqlDatabase& database);
  /// True when it is new.
  Result<bool> add(const QuarantineItem& item);
  /// Nothing when it is not kept (any more).
  Result<std::optional<StoredItem>> read(std::int64_t id);
  Status mark_replayed(std::int64_t id, UtcTime now);
  /// Ids above `after` of items with this reason that have not been replayed, oldest first.
  Result<std::vector<std::int64_t>> open_ids(Reason reason, std::int64_t after, std::int64_t limit);
  /// Brings the table below its limits; to be called before the commit.
  Status trim();

 private:
  explicit QuarantineStore(QuarantineLimits limits) : limits_(limits) {}

  QuarantineLimits limits_;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
  SqlStatement repeat_;
  SqlStatement insert_;
  SqlStatement count_;
  SqlStatement oldest_;
  SqlStatement remove_;
  SqlStatement count_out_;
  SqlStatement select_;
  SqlStatement mark_;
  SqlStatement open_ids_;
};

}  // namespace wayside::central
