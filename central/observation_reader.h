#pragma once

#include <functional>
#include <memory>

#include "central/field_picker.h"
#include "central/gold_builder.h"
#include "central/ids.h"
#include "central/silver_reader.h"

namespace wayside::central {

/// Reads silver as gold sees it. Any connection.
class ObservationReader {
 public:
  /// The database must outlive the reader. `report_interval_s` is for stations whose information names none.
  static Result<std::unique_ptr<ObservationReader>> open(SqlDatabase& database, Stream stream, std::int64_t report_interval_s);

  /// Hands out the readings with from <= observed_at < until (ms) in their order: without those whose time is not known, and
  /// without values that cannot be.
  using Take = std::function<void(const Observation&)>;
  Status read(StationPk station, std::int64_t from, std::int64_t until, const Take& take);

 private:
  ObservationReader(Stream stream, std::int64_t report_interval_s, SilverReader silver, ShapeNames shapes, SqlStatement info)
      : stream_(stream),
        report_interval_s_(report_interval_s),
        silver_(std::move(silver)),
        shapes_(std::move(shapes)),
        picker_(shapes_, GoldBuilder::fields(stream)),
        info_(std::move(info)) {}
  Result<std::int64_t> gap_limit_ms(StationPk station);

  Stream stream_;
  std::int64_t report_interval_s_;
  SilverReader silver_;
  ShapeNames shapes_;
  FieldPicker picker_;
  SqlStatement info_;
};

}  // namespace wayside::central
