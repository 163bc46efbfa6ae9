#include "central/silver_store.h"

#include "central/account.h"
#include "central/silver_block.h"

namespace wayside::central {

Result<SilverStore> SilverStore::open(SqlDatabase& database) {
  SilverStore store;
  for (const auto& [statement, sql] :
       {std::pair{&store.write_,
                  "INSERT OR REPLACE INTO reading_block (block_key, readings, sealed_at, bytes) VALUES (?1, ?2, ?3, ?4)"},
        std::pair{&store.take_out_,
                  "DELETE FROM reading WHERE station_pk = ?1 AND stream = ?2 AND observed_at >= ?3 AND observed_at < ?4"},
        std::pair{&store.remove_, "DELETE FROM reading_block WHERE block_key >= ?1 AND block_key < ?2 AND sealed_at <= ?3"}}) {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    *statement = std::move(*prepared);
  }
  return store;
}

Status SilverStore::seal(SilverReader& silver, StationPk station, Stream stream, std::int64_t day, UtcTime now) {
  std::vector<SilverRow> rows;
  const std::int64_t from = day * kDayMs;
  WAYSIDE_TRY(silver.read_from(station, stream, from, from + kDayMs, [&](SilverRow& row) {
    rows.push_back(std::move(row));
    return true;
  }));
  if (rows.empty()) return {};
  auto bytes = encode_silver(rows);
  if (!bytes) return std::move(bytes).error();
  write_.bind(1, silver_key(station, stream, day)).bind(2, static_cast<std::int64_t>(rows.size())).bind(3, now.ms);
  WAYSIDE_TRY(write_.bind_blob(4, *bytes).run());
  take_out_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(stream));
  return take_out_.bind(3, from).bind(4, from + kDayMs).run();
}

Status SilverStore::remove_before(StationPk station, Stream stream, std::int64_t day, UtcTime sealed_by) {
  if (day <= 0) return {};
  remove_.bind(1, silver_key(station, stream, 0)).bind(2, silver_key(station, stream, day));
  return remove_.bind(3, sealed_by.ms).run();
}

}  // namespace wayside::central
