#pragma once

#include <functional>
#include <vector>

#include "central/gold_row.h"
#include "central/ids.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// Table `gold_block`: the gold of one station, stream and UTC day in one resolution, as one compressed block. Blocks of
/// one station and stream lie next to each other in the order of their days. Any connection; writing only the writer's.
class GoldStore {
 public:
  /// The database must outlive the store.
  static Result<GoldStore> open(SqlDatabase& database);

  /// Replaces the day's block; without rows there is none.
  Status write(StationPk station, Stream stream, Resolution resolution, std::int64_t day, const std::vector<GoldRow>& rows);
  /// Takes out the blocks of days before `day`.
  Status remove_before(StationPk station, Stream stream, Resolution resolution, std::int64_t day);
  /// Calls `take(day, rows)` for the blocks from `first` to `last` in their order, until it returns false.
  using TakeDay = std::function<bool(std::int64_t day, std::vector<GoldRow>& rows)>;
  Status read(StationPk station, Stream stream, Resolution resolution, std::int64_t first, std::int64_t last,
              const TakeDay& take);
  Result<bool> has(StationPk station, Stream stream, Resolution resolution, std::int64_t day);

 private:
  SqlStatement write_;
  SqlStatement remove_;
  SqlStatement remove_before_;
  SqlStatement read_;
};

/// The bytes of a block, and back. `day` is the day of all rows.
Result<std::string> encode_gold(Stream stream, Resolution resolution, std::int64_t day, const std::vector<GoldRow>& rows);
Result<std::vector<GoldRow>> decode_gold(Stream stream, Resolution resolution, std::int64_t day, std::string_view bytes);

/// The key of a block: station, stream, resolution and day in one number, so that the table is clustered by them.
std::int64_t gold_key(StationPk station, Stream stream, Resolution resolution, std::int64_t day);

}  // namespace wayside::central
