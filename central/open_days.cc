#include "central/open_days.h"

#include "central/account.h"

namespace wayside::central {

Result<OpenDays> OpenDays::open(SqlDatabase& database) {
  OpenDays days;
  auto insert = database.prepare("INSERT OR IGNORE INTO open_day (station_pk, stream, day, opened_at) VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::move(insert).error();
  auto remove = database.prepare("DELETE FROM open_day WHERE station_pk = ?1 AND stream = ?2 AND day = ?3");
  if (!remove) return std::move(remove).error();
  auto find =
      database.prepare("SELECT station_pk, stream, day FROM open_day WHERE day <= ?1 AND opened_at <= ?2 ORDER BY day LIMIT 1");
  if (!find) return std::move(find).error();
  days.insert_ = std::move(*insert);
  days.remove_ = std::move(*remove);
  days.find_ = std::move(*find);
  WAYSIDE_TRY(days.reload(database));
  return days;
}

std::uint64_t OpenDays::key(StationPk station, Stream stream, std::int64_t day) {
  return (static_cast<std::uint64_t>(raw(station)) << 28U) | (static_cast<std::uint64_t>(stream) << 24U) |
         (static_cast<std::uint64_t>(day) & 0xffffffU);
}

Status OpenDays::note(StationPk station, Stream stream, UtcTime observed_at, UtcTime now) {
  const std::int64_t day = observed_at.ms / kDayMs;
  if (!known_.insert(key(station, stream, day)).second) return {};
  insert_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(stream)).bind(3, day);
  return insert_.bind(4, now.ms).run();
}

Status OpenDays::close(StationPk station, Stream stream, std::int64_t day) {
  known_.erase(key(station, stream, day));
  return remove_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(stream)).bind(3, day).run();
}

Status OpenDays::reload(SqlDatabase& database) {
  known_.clear();
  return database.each_row("SELECT station_pk, stream, day FROM open_day", [this](const SqlStatement& row) {
    known_.insert(key(StationPk{row.integer(0)}, static_cast<Stream>(row.integer(1)), row.integer(2)));
  });
}

Result<std::optional<OpenDays::Day>> OpenDays::find(std::int64_t last, UtcTime opened_by) {
  auto row = find_.bind(1, last).bind(2, opened_by.ms).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<Day>();
  const Day day{StationPk{find_.integer(0)}, static_cast<Stream>(find_.integer(1)), find_.integer(2)};
  find_.reset();
  return std::optional(day);
}

}  // namespace wayside::central
