#include "central/reading_store.h"

#include "central/account.h"

namespace wayside::central {

Result<ReadingStore> ReadingStore::open(SqlDatabase& database, bool keep, std::int64_t keep_days) {
  auto shapes = ShapeTable::open(database);
  if (!shapes) return std::move(shapes).error();
  auto days = OpenDays::open(database);
  if (!days) return std::move(days).error();
  auto silver = SilverReader::open(database);
  if (!silver) return std::move(silver).error();
  ReadingStore store(std::move(*shapes), std::move(*days), std::move(*silver), keep, keep_days);
  auto insert = database.prepare(
      "INSERT INTO reading (station_pk, stream, observed_at, account_pk, seq, received_at, stored_at, kafka_offset, clock, "
      "shape_pk, cells) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
  if (!insert) return std::move(insert).error();
  store.insert_ = std::move(*insert);
  return store;
}

Status ReadingStore::reload(SqlDatabase& database) {
  WAYSIDE_TRY(shapes_.reload(database));
  return days_.reload(database);
}

Status ReadingStore::run_insert(StationPk station, AccountPk account, std::uint64_t seq, const Reading& reading,
                                const StoredValues& values, const Arrival& arrival) {
  WAYSIDE_TRY(days_.note(station, reading.stream, reading.observed_at, arrival.stored_at));
  insert_.bind(1, raw(station))
      .bind(2, static_cast<std::int64_t>(reading.stream))
      .bind(3, reading.observed_at.ms)
      .bind(4, raw(account))
      .bind(5, static_cast<std::int64_t>(seq))
      .bind(6, arrival.received_at.ms)
      .bind(7, arrival.stored_at.ms)
      .bind(8, arrival.kafka_offset)
      .bind(9, static_cast<std::int64_t>(reading.clock))
      .bind(10, raw(values.shape))
      .bind(11, values.cells);
  return insert_.run();
}

bool ReadingStore::old(const Reading& reading, UtcTime now) const {
  return keep_days_ > 0 && reading.observed_at.ms / kDayMs < now.ms / kDayMs - keep_days_;
}

Result<bool> ReadingStore::too_old(StationPk station, const Reading& reading, UtcTime now) {
  const std::int64_t day = reading.observed_at.ms / kDayMs;
  if (day >= now.ms / kDayMs || days_.is_open(station, reading.stream, day)) return false;
  return silver_.frozen(station, reading.stream, day);
}

Result<Stored> ReadingStore::insert(StationPk station, AccountPk account, const Reading& reading, const Arrival& arrival) {
  if (!keep_) return Stored::kNew;
  auto frozen = too_old(station, reading, arrival.stored_at);
  if (!frozen) return std::move(frozen).error();
  if (*frozen) return Stored::kTooOld;
  auto values = shapes_.store(reading.values);
  if (!values) return std::move(values).error();
  if (auto done = run_insert(station, account, reading.seq, reading, *values, arrival); !done.ok())
    return std::move(done).error();
  return Stored::kNew;
}

Result<Stored> ReadingStore::insert_unnumbered(StationPk station, const Reading& reading, const Arrival& arrival) {
  if (!keep_) return Stored::kNew;
  auto frozen = too_old(station, reading, arrival.stored_at);
  if (!frozen) return std::move(frozen).error();
  if (*frozen) return Stored::kTooOld;
  auto values = shapes_.store(reading.values);
  if (!values) return std::move(values).error();
  // Two contents with one hash at one time of one stream: take the next number.
  for (std::uint64_t seq = hash_bytes(reading.values) >> 1;; ++seq) {
    auto known = silver_.find(station, reading.stream, {reading.observed_at.ms, 0, static_cast<std::int64_t>(seq)});
    if (!known) return std::move(known).error();
    if (!*known) {
      if (auto done = run_insert(station, AccountPk{0}, seq, reading, *values, arrival); !done.ok())
        return std::move(done).error();
      return Stored::kNew;
    }
    if ((*known)->shape == raw(values->shape) && (*known)->cells == values->cells) return Stored::kSame;
  }
}

Result<Stored> ReadingStore::compare(StationPk station, AccountPk account, const Reading& reading, UtcTime now) {
  if (!keep_) return Stored::kSame;
  auto values = shapes_.store(reading.values);
  if (!values) return std::move(values).error();
  auto known =
      silver_.find(station, reading.stream, {reading.observed_at.ms, raw(account), static_cast<std::int64_t>(reading.seq)});
  if (!known) return std::move(known).error();
  if (!*known) {
    auto gone = silver_.frozen(station, reading.stream, reading.observed_at.ms / kDayMs);
    if (!gone) return std::move(gone).error();
    return *gone || old(reading, now) ? Stored::kSame : Stored::kOther;
  }
  const bool same = (*known)->clock == static_cast<std::int64_t>(reading.clock) && (*known)->shape == raw(values->shape) &&
                    (*known)->cells == values->cells;
  return same ? Stored::kSame : Stored::kOther;
}

}  // namespace wayside::central
