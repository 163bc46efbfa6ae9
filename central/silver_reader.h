#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "central/ids.h"
#include "central/silver_row.h"
#include "common/base/sqlite.h"
#include "common/contract/streams.h"

namespace wayside::central {

/// The one way to read silver, whichever tier a reading lies in: `reading` (a row each) or `reading_block` (the readings of
/// one station, stream and closed day as one block). Late readings of a closed day lie in `reading` until it is closed
/// again. Any connection; what must see both tiers at one moment runs within a transaction (ReadSnapshot).
class SilverReader {
 public:
  /// The database must outlive the reader.
  static Result<SilverReader> open(SqlDatabase& database);

  /// False: enough.
  using Take = std::function<bool(SilverRow&)>;
  /// The readings of one stream with after < key and observed_at < until (ms), in the order of their keys.
  Status read(StationPk station, Stream stream, const SilverKey& after, std::int64_t until, const Take& take);
  /// The same from a time on.
  Status read_from(StationPk station, Stream stream, std::int64_t since, std::int64_t until, const Take& take) {
    return read(station, stream, {since, -1, -1}, until, take);
  }
  Result<std::optional<SilverRow>> find(StationPk station, Stream stream, const SilverKey& key);
  /// When the reading with that number was observed, if it was from `since` to `until`.
  Result<std::optional<std::int64_t>> time_of(StationPk station, AccountPk account, std::int64_t seq, std::int64_t since,
                                              std::int64_t until);
  /// The UTC days (since 1970) from first to last that have readings, ascending.
  Result<std::vector<std::int64_t>> days(StationPk station, Stream stream, std::int64_t first, std::int64_t last);
  /// The silver of that day, or of the day before it, has gone by age, so that its gold cannot be made again.
  Result<bool> frozen(StationPk station, Stream stream, std::int64_t day);

 private:
  Result<bool> gone(StationPk station, Stream stream, std::int64_t day);

  SqlStatement hot_;
  SqlStatement next_hot_;
  SqlStatement blocks_;
  SqlStatement block_days_;
  SqlStatement has_gold_;
};

}  // namespace wayside::central
