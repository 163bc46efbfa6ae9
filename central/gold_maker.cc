#include "central/gold_maker.h"

#include "central/account.h"
#include "central/observation_rules.h"
#include "common/contract/reading.h"

namespace wayside::central {

Result<std::unique_ptr<GoldMaker>> GoldMaker::open(SqlDatabase& database, std::int64_t report_interval_s) {
  auto silver = SilverReader::open(database);
  if (!silver) return std::move(silver).error();
  auto shapes = ShapeNames::open(database);
  if (!shapes) return std::move(shapes).error();
  auto info = database.prepare("SELECT info FROM station WHERE station_pk = ?1");
  if (!info) return std::move(info).error();
  auto maker = std::unique_ptr<GoldMaker>(new GoldMaker(std::move(*silver), std::move(*shapes), report_interval_s));
  maker->info_ = std::move(*info);
  return maker;
}

Result<std::int64_t> GoldMaker::gap_limit_ms(StationPk station, Stream stream) {
  auto row = info_.bind(1, raw(station)).step();
  if (!row) return std::move(row).error();
  std::int64_t limit_ms = wayside::central::gap_limit_ms({}, stream, report_interval_s_);
  if (*row) {
    if (!info_.is_null(0)) limit_ms = wayside::central::gap_limit_ms(info_.text(0), stream, report_interval_s_);
    info_.reset();
  }
  return limit_ms;
}

FieldPicker& GoldMaker::picker(Stream stream) {
  return pickers_.try_emplace(stream, shapes_, GoldBuilder::fields(stream)).first->second;
}

Result<std::vector<std::vector<GoldRow>>> GoldMaker::make(StationPk station, Stream stream, std::int64_t day,
                                                          std::span<const Resolution> resolutions) {
  const std::int64_t from = day * kDayMs;
  const std::int64_t to = from + kDayMs;
  std::vector<std::unique_ptr<GoldBuilder>> builders;
  for (const Resolution resolution : resolutions) builders.push_back(GoldBuilder::make(stream, resolution, from, to));
  std::vector<std::vector<GoldRow>> made(resolutions.size());
  if (builders.empty() || builders.front() == nullptr) return made;
  auto limit = gap_limit_ms(station, stream);
  if (!limit) return std::move(limit).error();
  FieldPicker& fields = picker(stream);
  Status status;
  auto read = silver_.read_from(station, stream, from - kCarryMaxMs, to + *limit + 1, [&](SilverRow& row) {
    if (row.clock == static_cast<std::int64_t>(ClockQuality::kUnknown)) return true;  // history only
    auto values = fields.pick(row);
    if (!values) {
      status = std::move(values).error();
      return false;
    }
    leave_out_unusable(GoldBuilder::fields(stream), *values);
    const Observation observation{row.key.observed_at, *limit, row.heartbeat(), *values};
    for (const auto& builder : builders) builder->add(observation);
    return true;
  });
  if (!read.ok()) return std::move(read).error();
  if (!status.ok()) return std::move(status).error();
  for (std::size_t i = 0; i < builders.size(); ++i) made[i] = builders[i]->finish();
  return made;
}

}  // namespace wayside::central
