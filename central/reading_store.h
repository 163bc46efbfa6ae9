#pragma once

#include "central/ids.h"
#include "central/open_days.h"
#include "central/shape_table.h"
#include "central/silver_reader.h"
#include "common/base/sqlite.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// Where and when a reading came in.
struct Arrival {
  UtcTime received_at;  ///< the bridge had it
  UtcTime stored_at;    ///< the transaction that keeps it
  std::int64_t kafka_offset = 0;
};

/// kTooOld: the silver of that day has gone by age, so the reading is counted and not kept.
enum class Stored { kNew, kSame, kOther, kTooOld };

/// Silver as the fold writes it: new readings go into table `reading`. Writer's side; all calls within the writer's
/// transaction. Without `keep` nothing is written: each numbered reading that is known counts as the same again, each
/// unnumbered one as new. `keep_days`: of days that are more than so many before today, silver may have gone; 0: never.
class ReadingStore {
 public:
  static Result<ReadingStore> open(SqlDatabase& database, bool keep, std::int64_t keep_days);

  /// Inserts a numbered reading that the account has not seen: kNew or kTooOld.
  Result<Stored> insert(StationPk station, AccountPk account, const Reading& reading, const Arrival& arrival);
  /// Inserts an unnumbered reading unless the same (station, stream, observed_at, values) is there: kNew, kSame or kTooOld.
  Result<Stored> insert_unnumbered(StationPk station, const Reading& reading, const Arrival& arrival);
  /// Compares a reading with the one stored under its number: kSame, or kOther when that one has another content. Where
  /// silver may have gone and there is none, it counts as the same.
  Result<Stored> compare(StationPk station, AccountPk account, const Reading& reading, UtcTime now);
  Status reload(SqlDatabase& database);
  /// The days that its readings have opened.
  OpenDays& days() { return days_; }

 private:
  ReadingStore(ShapeTable shapes, OpenDays days, SilverReader silver, bool keep, std::int64_t keep_days)
      : keep_(keep), keep_days_(keep_days), shapes_(std::move(shapes)), days_(std::move(days)), silver_(std::move(silver)) {}
  Status run_insert(StationPk station, AccountPk account, std::uint64_t seq, const Reading& reading, const StoredValues& values,
                    const Arrival& arrival);
  bool old(const Reading& reading, UtcTime now) const;
  Result<bool> too_old(StationPk station, const Reading& reading, UtcTime now);

  bool keep_;
  std::int64_t keep_days_;
  ShapeTable shapes_;
  OpenDays days_;
  SilverReader silver_;
  SqlStatement insert_;
};

}  // namespace wayside::central
