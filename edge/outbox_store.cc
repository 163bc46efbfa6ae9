#include "edge/outbox_store.h"

namespace wayside::edge {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epoch(
  epoch_pk INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE,
  receipted INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS station(station_pk INTEGER PRIMARY KEY, station_id TEXT NOT NULL UNIQUE, info TEXT);
-- Highest seq given, as of the last clean stop.
CREATE TABLE IF NOT EXISTS counter(
  epoch_pk INTEGER NOT NULL, station_pk INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  PRIMARY KEY(epoch_pk, station_pk)) WITHOUT ROWID;
-- observed_at is NULL until the time is known; then boot and monotonic are not needed any more.
CREATE TABLE IF NOT EXISTS reading(
  id INTEGER PRIMARY KEY, epoch_pk INTEGER NOT NULL, station_pk INTEGER NOT NULL, stream INTEGER NOT NULL,
  seq INTEGER NOT NULL, observed_at INTEGER, clock INTEGER NOT NULL, boot TEXT, monotonic INTEGER, vals TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memory(source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(source, key)) WITHOUT ROWID;
)sql";

// As SQLite wants it in the condition of an index and of the statements that use it.
const std::string kLossText = std::to_string(static_cast<int>(Stream::kLoss));

std::int64_t number(Stream stream) { return static_cast<int>(stream); }
std::int64_t number(ClockQuality clock) { return static_cast<int>(clock); }
std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// id, epoch_pk, station_pk, stream, seq, vals
ReadingRow reading_row(const SqlStatement& row) {
  return {row.integer(0),
          row.integer(1),
          row.integer(2),
          static_cast<Stream>(row.integer(3)),
          static_cast<std::uint64_t>(row.integer(4)),
          row.text(5)};
}

StoredReading stored_reading(const SqlStatement& row) {
  StoredReading stored;
  stored.id = OutboxId{row.integer(0)};
  stored.reading.station_id = row.text(1);
  stored.reading.stream = static_cast<Stream>(row.integer(2));
  stored.reading.epoch = row.text(3);
  stored.reading.seq = static_cast<std::uint64_t>(row.integer(4));
  stored.reading.observed_at = UtcTime{row.integer(5)};
  stored.reading.clock = static_cast<ClockQuality>(row.integer(6));
  stored.reading.values = row.text(7);
  return stored;
}

}  // namespace

Result<std::unique_ptr<OutboxStore>> OutboxStore::open(const std::string& path) {
  auto database = connect(path);
  if (!database) return std::move(database).error();
  WAYSIDE_TRY(empty_log(*database));
  std::unique_ptr<OutboxStore> store(new OutboxStore(path, std::move(*database)));
  auto transaction = store->begin();
  if (!transaction) return std::move(transaction).error();
  WAYSIDE_TRY(store->database_.execute(kSchema));
  WAYSIDE_TRY(store->database_.execute("CREATE INDEX IF NOT EXISTS loss ON reading(id) WHERE stream=" + kLossText));
  WAYSIDE_TRY(store->prepare_all());
  WAYSIDE_TRY(transaction->commit());
  return store;
}

Result<SqlDatabase> OutboxStore::connect(const std::string& path) {
  auto database = SqlDatabase::open(path);
  if (!database) return database;
  WAYSIDE_TRY(database->execute("PRAGMA wal_autocheckpoint=1000"));
  return database;
}

Status OutboxStore::empty_log(SqlDatabase& database) {
  auto busy = database.query_integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return std::move(busy).error();
  if (*busy == 0) return {};
  return Error{"the log cannot be emptied: another process reads it", "stop the process that has the outbox open"};
}

Status OutboxStore::reopen() {
  WAYSIDE_TRY(empty_log(database_));
  auto fresh = connect(path_);
  if (!fresh) return std::move(fresh).error();
  database_ = std::move(*fresh);
  return prepare_all();
}

Status OutboxStore::prepare_all() {
  const auto prepare = [this](SqlStatement& statement, std::string_view sql) -> Status {
    auto prepared = database_.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    statement = std::move(*prepared);
    return {};
  };
  WAYSIDE_TRY(prepare(insert_, "INSERT INTO reading VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"));
  WAYSIDE_TRY(prepare(remove_, "DELETE FROM reading WHERE id=?1"));
  WAYSIDE_TRY(prepare(read_,
                      "SELECT r.id, s.station_id, r.stream, e.epoch, r.seq, r.observed_at, r.clock, r.vals "
                      "FROM reading r JOIN station s USING(station_pk) JOIN epoch e USING(epoch_pk) "
                      "WHERE r.id>?1 AND r.id<=?2 AND r.observed_at IS NOT NULL ORDER BY r.id LIMIT ?3"));
  WAYSIDE_TRY(prepare(oldest_, "SELECT id, epoch_pk, station_pk, stream, seq, vals FROM reading ORDER BY id"));
  WAYSIDE_TRY(prepare(add_station_, "INSERT INTO station(station_id) VALUES(?1)"));
  WAYSIDE_TRY(prepare(inform_, "UPDATE station SET info=?1 WHERE station_pk=?2"));
  WAYSIDE_TRY(prepare(remember_, "INSERT INTO memory VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET value=excluded.value"));
  WAYSIDE_TRY(prepare(count_, "INSERT INTO counter VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET last_seq=excluded.last_seq"));
  return prepare(total_, "UPDATE epoch SET receipted=?1, refused=?2, dropped=?3 WHERE epoch_pk=?4");
}

Result<std::map<std::int64_t, EpochTotals>> OutboxStore::epochs() {
  std::map<std::int64_t, EpochTotals> found;
  WAYSIDE_TRY(
      database_.each_row("SELECT epoch_pk, epoch, receipted, refused, dropped, "
                         "(SELECT count(*) FROM reading r WHERE r.epoch_pk=e.epoch_pk) FROM epoch e",
                         [&](const SqlStatement& row) {
                           const auto count = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
                           found[row.integer(0)] = {std::string(row.text(1)), count(2), count(3), count(4), count(5)};
                         }));
  return found;
}

Result<std::int64_t> OutboxStore::add_epoch(const std::string& epoch) {
  auto insert = database_.prepare("INSERT INTO epoch(epoch) VALUES(?1)");
  if (!insert) return std::move(insert).error();
  WAYSIDE_TRY(insert->bind(1, epoch).run());
  return database_.last_insert_rowid();
}

Status OutboxStore::write_totals(std::int64_t epoch_pk, const EpochTotals& totals) {
  total_.bind(1, number(totals.receipted)).bind(2, number(totals.refused)).bind(3, number(totals.dropped));
  return total_.bind(4, epoch_pk).run();
}

Status OutboxStore::remove_epoch(std::int64_t epoch_pk) {
  return database_.execute("DELETE FROM epoch WHERE epoch_pk=" + std::to_string(epoch_pk));
}

Result<std::map<std::int64_t, std::uint64_t>> OutboxStore::counters(std::int64_t epoch_pk) {
  auto select = database_.prepare("SELECT station_pk, last_seq FROM counter WHERE epoch_pk=?1");
  if (!select) return std::move(select).error();
  select->bind(1, epoch_pk);
  std::map<std::int64_t, std::uint64_t> found;
  WAYSIDE_TRY(
      select->each_row([&](const SqlStatement& row) { found[row.integer(0)] = static_cast<std::uint64_t>(row.integer(1)); }));
  return found;
}

Status OutboxStore::write_counter(std::int64_t epoch_pk, std::int64_t station_pk, std::uint64_t last_seq) {
  return count_.bind(1, epoch_pk).bind(2, station_pk).bind(3, number(last_seq)).run();
}

Status OutboxStore::remove_counters() { return database_.execute("DELETE FROM counter"); }

Status OutboxStore::each_station(const StationSeen& seen) {
  return database_.each_row("SELECT station_id, station_pk, info FROM station", [&](const SqlStatement& row) {
    seen(row.text(0), row.integer(1), row.is_null(2) ? std::nullopt : std::optional(row.text(2)));
  });
}

Result<std::int64_t> OutboxStore::add_station(const std::string& station_id) {
  WAYSIDE_TRY(add_station_.bind(1, station_id).run());
  return database_.last_insert_rowid();
}

Status OutboxStore::write_info(std::int64_t station_pk, const std::string& json) {
  return inform_.bind(1, json).bind(2, station_pk).run();
}

Result<OutboxStore::Texts> OutboxStore::pairs(SqlStatement& statement) {
  Texts found;
  WAYSIDE_TRY(statement.each_row([&](const SqlStatement& row) { found.emplace(row.text(0), row.text(1)); }));
  return found;
}

Result<OutboxStore::Texts> OutboxStore::infos() {
  auto select = database_.prepare("SELECT station_id, info FROM station WHERE info IS NOT NULL");
  if (!select) return std::move(select).error();
  return pairs(*select);
}

Status OutboxStore::insert(const ReadingRow& row, const Stamp& stamp, const std::string& boot_id) {
  insert_.bind(1, row.id).bind(2, row.epoch_pk).bind(3, row.station_pk).bind(4, number(row.stream));
  insert_.bind(5, number(row.seq)).bind(7, number(stamp.clock)).bind(10, row.values);
  if (stamp.observed_at) {
    insert_.bind(6, stamp.observed_at->ms).bind_null(8).bind_null(9);
  } else {
    insert_.bind_null(6).bind(8, boot_id).bind(9, std::int64_t{stamp.monotonic.count()});
  }
  return insert_.run();
}

Result<bool> OutboxStore::remove(std::int64_t id) {
  WAYSIDE_TRY(remove_.bind(1, id).run());
  return database_.changes() > 0;
}

Result<std::vector<StoredReading>> OutboxStore::read(OutboxId after, OutboxId until, std::size_t limit) {
  read_.bind(1, static_cast<std::int64_t>(after)).bind(2, static_cast<std::int64_t>(until)).bind(3, number(limit));
  std::vector<StoredReading> found;
  WAYSIDE_TRY(read_.each_row([&](const SqlStatement& row) { found.push_back(stored_reading(row)); }));
  return found;
}

Status OutboxStore::each_oldest(const std::function<bool(const ReadingRow&)>& take) {
  return oldest_.each_row([&](const SqlStatement& row) { return take(reading_row(row)); });
}

Status OutboxStore::each_loss(const std::function<void(const ReadingRow&)>& take) {
  return database_.each_row("SELECT id, epoch_pk, station_pk, stream, seq, vals FROM reading WHERE stream=" + kLossText,
                            [&](const SqlStatement& row) { take(reading_row(row)); });
}

Result<std::int64_t> OutboxStore::last_id() {
  auto last = database_.query_integer("SELECT max(id) FROM reading");
  if (!last) return std::move(last).error();
  return last->value_or(0);
}

Result<std::pair<std::uint64_t, std::uint64_t>> OutboxStore::size() {
  // length() of a text counts characters.
  auto bytes = database_.query_integer("SELECT sum(length(CAST(vals AS BLOB))) FROM reading");
  if (!bytes) return std::move(bytes).error();
  auto count = database_.query_integer("SELECT count(*) FROM reading");
  if (!count) return std::move(count).error();
  return std::pair{static_cast<std::uint64_t>(bytes->value_or(0)), static_cast<std::uint64_t>(count->value_or(0))};
}

Status OutboxStore::date(const std::string& boot_id, std::int64_t wall_minus_monotonic_ms, UtcTime others_at) {
  auto mine = database_.prepare("UPDATE reading SET observed_at=monotonic+?1, clock=?2 WHERE observed_at IS NULL AND boot=?3");
  if (!mine) return std::move(mine).error();
  WAYSIDE_TRY(mine->bind(1, wall_minus_monotonic_ms).bind(2, number(ClockQuality::kDated)).bind(3, boot_id).run());
  auto others = database_.prepare("UPDATE reading SET observed_at=?1, clock=?2 WHERE observed_at IS NULL");
  if (!others) return std::move(others).error();
  return others->bind(1, others_at.ms).bind(2, number(ClockQuality::kUnknown)).run();
}

Status OutboxStore::remember(const SourceMemory& memory) {
  return remember_.bind(1, memory.source).bind(2, memory.memory.key).bind(3, memory.memory.value).run();
}

Result<OutboxStore::Texts> OutboxStore::memories(const std::string& source) {
  auto select = database_.prepare("SELECT key, value FROM memory WHERE source=?1");
  if (!select) return std::move(select).error();
  select->bind(1, source);
  return pairs(*select);
}

Status OutboxStore::forget_memories() { return database_.execute("DELETE FROM memory"); }

Result<std::string> OutboxStore::meta(const std::string& key) {
  auto select = database_.prepare("SELECT value FROM meta WHERE key=?1");
  if (!select) return std::move(select).error();
  std::string value;
  WAYSIDE_TRY(select->bind(1, key).each_row([&](const SqlStatement& row) { value = row.text(0); }));
  return value;
}

Status OutboxStore::set_meta(std::string_view key, std::string_view value) {
  auto set = database_.prepare("INSERT INTO meta VALUES(?1,?2) ON CONFLICT DO UPDATE SET value=excluded.value");
  if (!set) return std::move(set).error();
  return set->bind(1, key).bind(2, value).run();
}

}  // namespace wayside::edge
