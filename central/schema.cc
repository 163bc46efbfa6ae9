#include "central/schema.h"

#include <array>
#include <cstdio>
#include <random>
#include <string_view>

namespace wayside::central {
namespace {

// Why the tables lie as they do:
// - `reading` (silver) is clustered by station, stream and time, so that a station's day is one run of neighbouring
//   pages and needs no second index. account_pk and seq make the key unique: an account (one station, agent and epoch)
//   gives each seq once. Unnumbered readings have account 0 and a hash of their values as seq, which is how their
//   repeats are recognised.
// - The field names of a reading's values are the same thousands of times: `shape` keeps each list of names once, and
//   `cells` holds the values only, as a JSON array without brackets. Shape 0: `cells` is the whole object.
// - An account's three sets are blobs of runs (run_blob.h), usually one run; the *_n columns are their sizes within
//   the account's window, so that totals need no decoding.
// - Times are milliseconds since 1970 in UTC. `stream` and `clock` are the numbers of the enums in common/contract.
constexpr std::string_view kTables = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cluster (
  cluster_pk INTEGER PRIMARY KEY, cluster_id TEXT NOT NULL UNIQUE, first_seen_at INTEGER NOT NULL) STRICT;
CREATE TABLE partition_offset (
  cluster_pk INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
  began_at INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  PRIMARY KEY (cluster_pk, topic, partition)) STRICT, WITHOUT ROWID;
CREATE TABLE agent (agent_pk INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE station (
  station_pk INTEGER PRIMARY KEY, station_id TEXT NOT NULL UNIQUE,
  owner_pk INTEGER NOT NULL DEFAULT 0, info TEXT, retired_at INTEGER,
  unnumbered INTEGER NOT NULL DEFAULT 0, unnumbered_repeated INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE account (
  account_pk INTEGER PRIMARY KEY, station_pk INTEGER NOT NULL, agent_pk INTEGER NOT NULL, epoch TEXT NOT NULL,
  opened_at_seq INTEGER NOT NULL, stated_last_seq INTEGER NOT NULL DEFAULT 0,
  received BLOB NOT NULL DEFAULT x'', refused BLOB NOT NULL DEFAULT x'', dropped BLOB NOT NULL DEFAULT x'',
  last_seq INTEGER NOT NULL DEFAULT 0, accepted_n INTEGER NOT NULL DEFAULT 0, received_n INTEGER NOT NULL DEFAULT 0,
  refused_n INTEGER NOT NULL DEFAULT 0, dropped_n INTEGER NOT NULL DEFAULT 0, missing_n INTEGER NOT NULL DEFAULT 0,
  repeated INTEGER NOT NULL DEFAULT 0,
  UNIQUE (station_pk, agent_pk, epoch)) STRICT;
CREATE INDEX account_by_agent ON account (agent_pk, epoch);
CREATE TABLE shape (shape_pk INTEGER PRIMARY KEY, keys TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE reading (
  station_pk INTEGER NOT NULL, stream INTEGER NOT NULL, observed_at INTEGER NOT NULL,
  account_pk INTEGER NOT NULL, seq INTEGER NOT NULL,
  received_at INTEGER NOT NULL, stored_at INTEGER NOT NULL, kafka_offset INTEGER NOT NULL,
  clock INTEGER NOT NULL, quality TEXT, shape_pk INTEGER NOT NULL, cells TEXT NOT NULL,
  PRIMARY KEY (station_pk, stream, observed_at, account_pk, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE stream_state (
  station_pk INTEGER NOT NULL, stream INTEGER NOT NULL,
  observed_at INTEGER, received_at INTEGER, stored_at INTEGER, clock INTEGER NOT NULL,
  fields TEXT NOT NULL, field_times TEXT NOT NULL, bad_clock_at INTEGER,
  PRIMARY KEY (station_pk, stream)) STRICT, WITHOUT ROWID;
CREATE TABLE health (
  name TEXT PRIMARY KEY, status TEXT NOT NULL, payload TEXT NOT NULL, last_word_at INTEGER, received_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
CREATE TABLE agent_epoch (
  agent_pk INTEGER NOT NULL, epoch TEXT NOT NULL,
  accepted INTEGER NOT NULL, receipted INTEGER NOT NULL, refused INTEGER NOT NULL, dropped INTEGER NOT NULL,
  waiting INTEGER NOT NULL, said_at INTEGER NOT NULL, PRIMARY KEY (agent_pk, epoch)) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
  quarantine_pk INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL UNIQUE, at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  times INTEGER NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, topic TEXT NOT NULL,
  agent TEXT NOT NULL, station_id TEXT NOT NULL, stream TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
  payload BLOB NOT NULL) STRICT;
CREATE INDEX quarantine_by_reason ON quarantine (reason, quarantine_pk);
CREATE TABLE quarantine_count (
  source TEXT NOT NULL, reason TEXT NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (source, reason)) STRICT, WITHOUT ROWID;
)sql";

/// For people with the sqlite3 shell; no program reads it. It shows tier `reading`: what came since its day was closed.
/// `reading_days` lists the closed days; their readings are given out by the API.
constexpr std::string_view kView = R"sql(
CREATE VIEW readings AS SELECT station.station_id,
  CASE stream WHEN 0 THEN 'bike_status' WHEN 1 THEN 'weather' WHEN 2 THEN 'arrival' WHEN 3 THEN 'turnstile'
    ELSE 'loss' END AS stream,
  strftime('%Y-%m-%dT%H:%M:%fZ', observed_at / 1000.0, 'unixepoch') AS observed_at, account.epoch,
  CASE reading.account_pk WHEN 0 THEN NULL ELSE reading.seq END AS seq, shape.keys AS names, reading.cells AS cells
  FROM reading JOIN station USING (station_pk) LEFT JOIN account ON account.account_pk = reading.account_pk
  LEFT JOIN shape USING (shape_pk);
)sql";

std::string random_id() {
  std::random_device source;
  char text[20];
  std::snprintf(text, sizeof text, "%08x%08x", source(), source());
  return text;
}

/// Each step lifts the schema by one version; a new one is appended, none is ever changed.
using Migration = Status (*)(SqlDatabase&, UtcTime);

Status create(SqlDatabase& database, UtcTime now) {
  WAYSIDE_TRY(database.execute(std::string(kTables)));
  WAYSIDE_TRY(database.execute(std::string(kView)));
  return database.execute("INSERT INTO meta VALUES ('database_id', '" + random_id() + "'), ('created_at', " +
                          std::to_string(now.ms) + "), ('starts', 0), ('quarantine_out', 0)");
}

/// Version 2: a partition's mark (one record that was folded, by which another log under the same name is known), gaps an
/// operator has accepted, where a refused item came from and when it was replayed, and the first seq of each UTC day of
/// an account, so that a day can be told from seqs alone.
constexpr std::string_view kOperatorTables = R"sql(
ALTER TABLE partition_offset ADD COLUMN mark_offset INTEGER;
ALTER TABLE partition_offset ADD COLUMN mark INTEGER;
ALTER TABLE partition_offset ADD COLUMN folded_until INTEGER;
CREATE TABLE gap (
  gap_pk INTEGER PRIMARY KEY, cluster_pk INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
  kind TEXT NOT NULL, stood_at INTEGER NOT NULL, goes_on_at INTEGER NOT NULL, records INTEGER NOT NULL,
  folded_until INTEGER, accepted_at INTEGER NOT NULL) STRICT;
ALTER TABLE quarantine ADD COLUMN kafka_partition INTEGER NOT NULL DEFAULT -1;
ALTER TABLE quarantine ADD COLUMN kafka_offset INTEGER NOT NULL DEFAULT -1;
ALTER TABLE quarantine ADD COLUMN replayed_at INTEGER;
CREATE INDEX quarantine_open ON quarantine (reason, quarantine_pk) WHERE replayed_at IS NULL;
CREATE TABLE account_day (
  account_pk INTEGER NOT NULL, day INTEGER NOT NULL, first_seq INTEGER NOT NULL, repeated_before INTEGER NOT NULL,
  PRIMARY KEY (account_pk, day)) STRICT, WITHOUT ROWID;
)sql";

Status add_operator_tables(SqlDatabase& database, UtcTime) { return database.execute(std::string(kOperatorTables)); }

/// Version 3: where a partition's log ended when central began it (an epoch first seen behind it cannot be older), when a
/// station's information was said, and which agent brought a station (its share of the limits).
constexpr std::string_view kOrigins = R"sql(
ALTER TABLE partition_offset ADD COLUMN began_until INTEGER NOT NULL DEFAULT 0;
UPDATE partition_offset SET began_until = next_offset;
ALTER TABLE station ADD COLUMN info_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE station ADD COLUMN info_offset INTEGER NOT NULL DEFAULT -1;
ALTER TABLE station ADD COLUMN brought_by INTEGER NOT NULL DEFAULT 0;
UPDATE station SET brought_by = owner_pk, info_at = coalesce(retired_at, 0);
)sql";

Status add_origins(SqlDatabase& database, UtcTime) { return database.execute(std::string(kOrigins)); }

/// Version 4: the layers. `reading` has what came since its day was closed, `reading_block` the readings of closed days. A block's key is one number made of station, stream, (resolution) and day, so that the table is
/// clustered by them without a second index, and its rows may be large.
constexpr std::string_view kLayers = R"sql(
CREATE TABLE open_day (
  station_pk INTEGER NOT NULL, stream INTEGER NOT NULL, day INTEGER NOT NULL, opened_at INTEGER NOT NULL,
  PRIMARY KEY (station_pk, stream, day)) STRICT, WITHOUT ROWID;
CREATE INDEX open_day_by_day ON open_day (day, opened_at);
CREATE TABLE gold_block (gold_key INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE reading_block (
  block_key INTEGER PRIMARY KEY, readings INTEGER NOT NULL, sealed_at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE VIEW reading_days AS SELECT station.station_id,
  CASE block_key >> 24 & 15 WHEN 0 THEN 'bike_status' WHEN 1 THEN 'weather' WHEN 2 THEN 'arrival' WHEN 3 THEN 'turnstile'
    ELSE 'loss' END AS stream,
  date((block_key & 16777215) * 86400, 'unixepoch') AS day, readings, length(bytes) AS bytes,
  strftime('%Y-%m-%dT%H:%M:%fZ', sealed_at / 1000.0, 'unixepoch') AS sealed_at
  FROM reading_block JOIN station ON station.station_pk = block_key >> 28;
INSERT INTO open_day SELECT DISTINCT station_pk, stream, observed_at / 86400000, 0 FROM reading;
)sql";

Status add_layers(SqlDatabase& database, UtcTime) { return database.execute(std::string(kLayers)); }

constexpr std::array<Migration, kSchemaVersion> kMigrations{create, add_operator_tables, add_origins, add_layers};

}  // namespace

Result<DatabaseIdentity> prepare_schema(SqlDatabase& database, UtcTime now) {
  auto transaction = SqlTransaction::begin(database);
  if (!transaction) return std::move(transaction).error().while_doing("preparing the database");
  auto version = database.query_integer("PRAGMA user_version");
  if (!version) return std::move(version).error();
  const std::int64_t found = version->value_or(0);
  if (found > kSchemaVersion) {
    return Error{"database: was written by a newer wayside-central (schema " + std::to_string(found) + ", this one knows " +
                     std::to_string(kSchemaVersion) + ")",
                 "install that version, or name another database"};
  }
  for (std::int64_t step = found; step < kSchemaVersion; ++step) {
    WAYSIDE_TRY(kMigrations[static_cast<std::size_t>(step)](database, now));
  }
  WAYSIDE_TRY(database.execute("PRAGMA user_version=" + std::to_string(kSchemaVersion)));
  WAYSIDE_TRY(database.execute("UPDATE meta SET value = value + 1 WHERE key = 'starts'"));
  auto id = database.query_text("SELECT value FROM meta WHERE key = 'database_id'");
  if (!id) return std::move(id).error();
  auto starts = database.query_integer("SELECT value FROM meta WHERE key = 'starts'");
  if (!starts) return std::move(starts).error();
  WAYSIDE_TRY(transaction->commit());
  return DatabaseIdentity{id->value_or(""), starts->value_or(0)};
}

}  // namespace wayside::central
