#include "central/reading_store.h"

namespace wayside::central {

Result<ReadingStore> ReadingStore::open(SqlDatabase& database, bool keep) {
  auto shapes = ShapeTable::open(database);
  if (!shapes) return std::move(shapes).error();
  ReadingStore store(std::move(*shapes), keep);
  auto insert = database.prepare(
      "INSERT INTO reading (station_pk, stream, observed_at, account_pk, seq, received_at, stored_at, kafka_offset, clock, "
      "shape_pk, cells) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
  if (!insert) return std::move(insert).error();
  auto select = database.prepare(
      "SELECT clock, shape_pk, cells FROM reading "
      "WHERE station_pk = ?1 AND stream = ?2 AND observed_at = ?3 AND account_pk = ?4 AND seq = ?5");
  if (!select) return std::move(select).error();
  store.insert_ = std::move(*insert);
  store.select_ = std::move(*select);
  return store;
}

Status ReadingStore::run_insert(StationPk station, AccountPk account, std::uint64_t seq, const Reading& reading,
                                const StoredValues& values, const Arrival& arrival) {
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

Status ReadingStore::insert(StationPk station, AccountPk account, const Reading& reading, const Arrival& arrival) {
  if (!keep_) return {};
  auto values = shapes_.store(reading.values);
  if (!values) return std::move(values).error();
  return run_insert(station, account, reading.seq, reading, *values, arrival);
}

Result<Stored> ReadingStore::insert_unnumbered(StationPk station, const Reading& reading, const Arrival& arrival) {
  if (!keep_) return Stored::kNew;
  auto values = shapes_.store(reading.values);
  if (!values) return std::move(values).error();
  // Two contents with one hash at one time of one stream: take the next number.
  for (std::uint64_t seq = hash_bytes(reading.values) >> 1;; ++seq) {
    select_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(reading.stream)).bind(3, reading.observed_at.ms);
    auto row = select_.bind(4, std::int64_t{0}).bind(5, static_cast<std::int64_t>(seq)).step();
    if (!row) return std::move(row).error();
    if (!*row) {
      WAYSIDE_TRY(run_insert(station, AccountPk{0}, seq, reading, *values, arrival));
      return Stored::kNew;
    }
    const bool same = select_.integer(1) == raw(values->shape) && select_.text(2) == values->cells;
    select_.reset();
    if (same) return Stored::kSame;
  }
}

Result<Stored> ReadingStore::compare(StationPk station, AccountPk account, const Reading& reading) {
  if (!keep_) return Stored::kSame;
  auto values = shapes_.store(reading.values);
  if (!values) return std::move(values).error();
  select_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(reading.stream)).bind(3, reading.observed_at.ms);
  auto row = select_.bind(4, raw(account)).bind(5, static_cast<std::int64_t>(reading.seq)).step();
  if (!row) return std::move(row).error();
  if (!*row) return Stored::kOther;
  const bool same = select_.integer(0) == static_cast<std::int64_t>(reading.clock) &&
                    select_.integer(1) == raw(values->shape) && select_.text(2) == values->cells;
  select_.reset();
  return same ? Stored::kSame : Stored::kOther;
}

}  // namespace wayside::central
