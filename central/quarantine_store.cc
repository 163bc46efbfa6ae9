#include "central/quarantine_store.h"

#include <array>
#include <utility>

#include "central/json_fields.h"

namespace wayside::central {
namespace {

std::int64_t fingerprint(const QuarantineItem& item) {
  std::uint64_t hash = hash_bytes(item.payload);
  for (const std::string_view part : {item.source, to_text(item.reason), item.topic, item.agent, item.station_id, item.epoch}) {
    hash = hash_bytes(part, hash + part.size());
  }
  return static_cast<std::int64_t>(hash + item.seq);
}

}  // namespace

Result<QuarantineStore> QuarantineStore::open(SqlDatabase& database, QuarantineLimits limits) {
  QuarantineStore store(limits);
  const std::array<std::pair<SqlStatement*, std::string_view>, 9> statements{
      {{&store.repeat_,
        "UPDATE quarantine SET times = times + 1, last_at = ?2, replayed_at = NULL WHERE fingerprint = ?1 RETURNING times"},
       {&store.insert_,
        "INSERT INTO quarantine (fingerprint, at, last_at, times, source, reason, detail, topic, agent, station_id, stream, "
        "epoch, seq, payload, kafka_partition, kafka_offset) "
        "VALUES (?1, ?2, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"},
       {&store.count_,
        "INSERT INTO quarantine_count VALUES (?1, ?2, 1) ON CONFLICT (source, reason) DO UPDATE SET total = total + 1"},
       {&store.oldest_, "SELECT quarantine_pk, length(payload) FROM quarantine ORDER BY quarantine_pk LIMIT 1"},
       {&store.remove_, "DELETE FROM quarantine WHERE quarantine_pk = ?1"},
       {&store.select_,
        "SELECT source, reason, topic, agent, station_id, payload, at, kafka_partition, kafka_offset, replayed_at "
        "FROM quarantine WHERE quarantine_pk = ?1"},
       {&store.mark_, "UPDATE quarantine SET replayed_at = ?2 WHERE quarantine_pk = ?1"},
       {&store.open_ids_,
        "SELECT quarantine_pk FROM quarantine WHERE reason = ?1 AND quarantine_pk > ?2 AND replayed_at IS NULL "
        "ORDER BY quarantine_pk LIMIT ?3"},
       {&store.count_out_, "UPDATE meta SET value = value + 1 WHERE key = 'quarantine_out'"}}};
  for (const auto& [statement, sql] : statements) {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    *statement = std::move(*prepared);
  }
  WAYSIDE_TRY(store.reload(database));
  return store;
}

Status QuarantineStore::reload(SqlDatabase& database) {
  auto rows = database.query_integer("SELECT count(*) FROM quarantine");
  if (!rows) return std::move(rows).error();
  auto bytes = database.query_integer("SELECT sum(length(payload)) FROM quarantine");
  if (!bytes) return std::move(bytes).error();
  rows_ = rows->value_or(0);
  bytes_ = bytes->value_or(0);
  return {};
}

Result<bool> QuarantineStore::add(const QuarantineItem& item) {
  const std::int64_t print = fingerprint(item);
  auto known = repeat_.bind(1, print).bind(2, item.at.ms).step();
  if (!known) return std::move(known).error();
  if (*known) {
    // The row of RETURNING must be stepped past for the update to count.
    auto done = repeat_.step();
    if (!done) return std::move(done).error();
    return false;
  }
  insert_.bind(1, print).bind(2, item.at.ms).bind(3, item.source).bind(4, to_text(item.reason)).bind(5, item.detail);
  insert_.bind(6, item.topic).bind(7, item.agent).bind(8, item.station_id).bind(9, item.stream).bind(10, item.epoch);
  insert_.bind(11, static_cast<std::int64_t>(item.seq)).bind_blob(12, item.payload);
  WAYSIDE_TRY(insert_.bind(13, std::int64_t{item.kafka_partition}).bind(14, item.kafka_offset).run());
  WAYSIDE_TRY(count_.bind(1, item.source).bind(2, to_text(item.reason)).run());
  ++rows_;
  bytes_ += static_cast<std::int64_t>(item.payload.size());
  return true;
}

Result<std::optional<StoredItem>> QuarantineStore::read(std::int64_t id) {
  auto row = select_.bind(1, id).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<StoredItem>();
  StoredItem item;
  item.source = select_.text(0);
  item.reason = parse_reason(select_.text(1)).value_or(Reason::kBadJson);
  item.topic = select_.text(2);
  item.agent = select_.text(3);
  item.station_id = select_.text(4);
  item.payload = select_.text(5);
  item.at = UtcTime{select_.integer(6)};
  item.kafka_partition = static_cast<std::int32_t>(select_.integer(7));
  item.kafka_offset = select_.integer(8);
  item.replayed = !select_.is_null(9);
  select_.reset();
  return std::optional(std::move(item));
}

Status QuarantineStore::mark_replayed(std::int64_t id, UtcTime now) { return mark_.bind(1, id).bind(2, now.ms).run(); }

Result<std::vector<std::int64_t>> QuarantineStore::open_ids(Reason reason, std::int64_t after, std::int64_t limit) {
  std::vector<std::int64_t> ids;
  open_ids_.bind(1, to_text(reason)).bind(2, after).bind(3, limit);
  WAYSIDE_TRY(open_ids_.each_row([&](const SqlStatement& row) { ids.push_back(row.integer(0)); }));
  return ids;
}

Status QuarantineStore::trim() {
  while (rows_ > limits_.rows_max || (bytes_ > limits_.bytes_max && rows_ > 1)) {
    auto row = oldest_.step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    const std::int64_t pk = oldest_.integer(0);
    const std::int64_t size = oldest_.integer(1);
    oldest_.reset();
    WAYSIDE_TRY(remove_.bind(1, pk).run());
    WAYSIDE_TRY(count_out_.run());
    --rows_;
    bytes_ -= size;
  }
  return {};
}

}  // namespace wayside::central
