#pragma once

#include "central/silver_reader.h"
#include "common/base/time.h"

namespace wayside::central {

/// Moves readings between the tiers of silver, and takes out what is too old. Writer's side, within a transaction.
class SilverStore {
 public:
  static Result<SilverStore> open(SqlDatabase& database);

  /// All readings of the day, those of its block and those that came since, become one block. `silver` reads the same
  /// connection.
  Status seal(SilverReader& silver, StationPk station, Stream stream, std::int64_t day, UtcTime now);
  /// The blocks of days before `day` that have lain since `sealed_by`: a day that was imported late is kept for a while.
  Status remove_before(StationPk station, Stream stream, std::int64_t day, UtcTime sealed_by);

 private:
  SqlStatement write_;
  SqlStatement take_out_;
  SqlStatement remove_;
};

}  // namespace wayside::central
