#include "central/observation_reader.h"

#include "central/observation_rules.h"
#include "common/contract/reading.h"

namespace wayside::central {

Result<std::unique_ptr<ObservationReader>> ObservationReader::open(SqlDatabase& database, Stream stream,
                                                                   std::int64_t report_interval_s) {
  auto silver = SilverReader::open(database);
  if (!silver) return std::move(silver).error();
  auto shapes = ShapeNames::open(database);
  if (!shapes) return std::move(shapes).error();
  auto info = database.prepare("SELECT info FROM station WHERE station_pk = ?1");
  if (!info) return std::move(info).error();
  return std::unique_ptr<ObservationReader>(
      new ObservationReader(stream, report_interval_s, std::move(*silver), std::move(*shapes), std::move(*info)));
}

Result<std::int64_t> ObservationReader::gap_limit_ms(StationPk station) {
  std::int64_t limit_ms = wayside::central::gap_limit_ms({}, stream_, report_interval_s_);
  info_.bind(1, raw(station));
  WAYSIDE_TRY(info_.each_row([&](const SqlStatement& row) {
    if (!row.is_null(0)) limit_ms = wayside::central::gap_limit_ms(row.text(0), stream_, report_interval_s_);
  }));
  return limit_ms;
}

Status ObservationReader::read(StationPk station, std::int64_t from, std::int64_t until, const Take& take) {
  auto limit = gap_limit_ms(station);
  if (!limit) return std::move(limit).error();
  Status status;
  WAYSIDE_TRY(silver_.read_from(station, stream_, from, until, [&](SilverRow& row) {
    if (row.clock == static_cast<std::int64_t>(ClockQuality::kUnknown)) return true;  // history only
    auto values = picker_.pick(row);
    if (!values) status = std::move(values).error();
    if (!values) return false;
    leave_out_unusable(GoldBuilder::fields(stream_), *values);
    take({row.key.observed_at, *limit, row.heartbeat(), *values});
    return true;
  }));
  return status;
}

}  // namespace wayside::central
