#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "central/field_picker.h"
#include "central/gold_builder.h"
#include "central/ids.h"
#include "central/silver_reader.h"

namespace wayside::central {

/// Makes the gold of one day out of silver. Any connection.
class GoldMaker {
 public:
  /// The database must outlive the maker. `report_interval_s` is for stations whose information names none.
  static Result<std::unique_ptr<GoldMaker>> open(SqlDatabase& database, std::int64_t report_interval_s);

  /// One list of rows for each resolution. Reads the day, the day before it, and what follows it within the gap limit.
  Result<std::vector<std::vector<GoldRow>>> make(StationPk station, Stream stream, std::int64_t day,
                                                 std::span<const Resolution> resolutions);
  SilverReader& silver() { return silver_; }

 private:
  GoldMaker(SilverReader silver, ShapeNames shapes, std::int64_t report_interval_s)
      : silver_(std::move(silver)), shapes_(std::move(shapes)), report_interval_s_(report_interval_s) {}
  Result<std::int64_t> gap_limit_ms(StationPk station, Stream stream);
  FieldPicker& picker(Stream stream);

  SilverReader silver_;
  ShapeNames shapes_;
  std::int64_t report_interval_s_;
  SqlStatement info_;
  std::map<Stream, FieldPicker> pickers_;
};

}  // namespace wayside::central
