#pragma once

#include <unordered_set>

#include "central/ids.h"
#include "common/base/sqlite.h"
#include "common/base/time.h"
#include "common/contract/streams.h"

namespace wayside::central {

/// Table `open_day`: the UTC days of a (station, stream) that have readings which neither silver's blocks nor gold know
/// yet. A day is opened in the transaction of its reading, late readings open a past day again, and the layer keeper
/// (layer_keeper.h) closes it. Writer's side.
class OpenDays {
 public:
  static Result<OpenDays> open(SqlDatabase& database);

  Status note(StationPk station, Stream stream, UtcTime observed_at, UtcTime now);
  bool is_open(StationPk station, Stream stream, std::int64_t day) const { return known_.contains(key(station, stream, day)); }
  Status close(StationPk station, Stream stream, std::int64_t day);
  /// Forgets what a transaction that was rolled back has opened or closed.
  Status reload(SqlDatabase& database);

  /// A day that may be closed.
  struct Day {
    StationPk station{0};
    Stream stream = Stream::kBikeStatus;
    std::int64_t day = 0;
  };
  /// One whose day is `last` or before, and that has been open since `opened_by`.
  Result<std::optional<Day>> find(std::int64_t last, UtcTime opened_by);

 private:
  static std::uint64_t key(StationPk station, Stream stream, std::int64_t day);

  std::unordered_set<std::uint64_t> known_;
  SqlStatement insert_;
  SqlStatement remove_;
  SqlStatement find_;
};

}  // namespace wayside::central
