#pragma once

#include "central/ids.h"
#include "central/shape_table.h"
#include "common/base/sqlite.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// Where and when a reading came in.
struct Arrival {
  UtcTime received_at;  ///< the bridge had it
  UtcTime stored_at;    ///< the transaction that keeps it
  std::int64_t kafka_offset = 0;
};

enum class Stored { kNew, kSame, kOther };

/// Silver: table `reading`. Writer's side; all calls within the writer's transaction. Without `keep` nothing is written: each
/// numbered reading that is known counts as the same again, each unnumbered one as new.
class ReadingStore {
 public:
  static Result<ReadingStore> open(SqlDatabase& database, bool keep);

  /// Inserts a numbered reading that the account has not seen.
  Status insert(StationPk station, AccountPk account, const Reading& reading, const Arrival& arrival);
  /// Inserts an unnumbered reading unless the same (station, stream, observed_at, values) is there: kNew or kSame.
  Result<Stored> insert_unnumbered(StationPk station, const Reading& reading, const Arrival& arrival);
  /// Compares a reading with the one stored under its number: kSame, or kOther when that one has another content.
  /// (Once silver has a retention, a repeat older than it must count as the same.)
  Result<Stored> compare(StationPk station, AccountPk account, const Reading& reading);
  Status reload(SqlDatabase& database) { return shapes_.reload(database); }

 private:
  ReadingStore(ShapeTable shapes, bool keep) : keep_(keep), shapes_(std::move(shapes)) {}
  Status run_insert(StationPk station, AccountPk account, std::uint64_t seq, const Reading& reading, const StoredValues& values,
                    const Arrival& arrival);

  bool keep_;
  ShapeTable shapes_;
  SqlStatement insert_;
  SqlStatement select_;
};

}  // namespace wayside::central
