#pragma once

#include <memory>

#include "central/board.h"
#include "central/day_tracks.h"
#include "central/field_picker.h"
#include "central/gold_store.h"
#include "central/ids.h"
#include "central/silver_reader.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// What the present of a stream was at a time of the past: by silver, whichever tier it lies in, and where silver has gone by
/// the finest gold there is. Late readings count as if they had come in time. One connection; what must see all tiers at one
/// moment runs within a transaction (ReadSnapshot).
class PastReader {
 public:
  /// Database and tracks must outlive the reader.
  static Result<std::unique_ptr<PastReader>> open(SqlDatabase& database, DayTracks& tracks);

  /// Sets values and state of `stream`, whose values say which stream it is, and its interval. Nothing read at `at` or
  /// before: `never`. Returns how wide the buckets are whose means the values are; nothing when they are a reading's.
  Result<std::optional<Resolution>> read(StationPk station, UtcTime at, BoardStream& stream);

 private:
  class Backwards;
  PastReader(DayTracks& tracks, SilverReader silver, GoldStore gold, ShapeNames shapes)
      : tracks_(tracks), silver_(std::move(silver)), gold_(std::move(gold)), shapes_(std::move(shapes)) {}
  Result<std::shared_ptr<const DayTrack>> track(const DayTracks::Block& block, std::int64_t day);
  Status read_silver(StationPk station, UtcTime at, BoardStream& stream);
  Result<std::optional<Resolution>> read_gold(StationPk station, UtcTime at, BoardStream& stream);
  Result<std::optional<GoldRow>> last_row(StationPk station, Stream stream, Resolution resolution, std::int64_t at);

  DayTracks& tracks_;
  SilverReader silver_;
  GoldStore gold_;
  ShapeNames shapes_;
  SqlStatement hot_;
  SqlStatement block_;
  SqlStatement block_bytes_;
  SqlStatement gold_day_;
};

}  // namespace wayside::central
