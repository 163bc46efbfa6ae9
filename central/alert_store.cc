#include "central/alert_store.h"

#include "central/json_text.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

// At most one alert of a key is open: the index on open ones holds it. Notices of the future go to channels that are set
// now; `done_pk` is the last one that a channel has taken.
constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS alert (
  alert_pk INTEGER PRIMARY KEY, rule TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL,
  since INTEGER NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, closed_because TEXT) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS alert_open ON alert (rule, subject, name) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS alert_by_name ON alert (name, alert_pk);
CREATE INDEX IF NOT EXISTS alert_by_rule ON alert (rule, alert_pk);
CREATE INDEX IF NOT EXISTS alert_closed ON alert (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS notice (notice_pk INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS channel (
  name TEXT PRIMARY KEY, done_pk INTEGER NOT NULL, dropped INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

}  // namespace

Alert read_alert(const SqlStatement& row) {
  Alert alert;
  alert.id = row.integer(0);
  alert.key.rule = parse_alert_rule(row.text(1)).value_or(AlertRule::kSilent);
  alert.key.subject = parse_alert_subject(row.text(2)).value_or(AlertSubject::kStation);
  alert.key.name = row.text(3);
  alert.detail = row.text(4);
  alert.since = UtcTime{row.integer(5)};
  alert.opened_at = UtcTime{row.integer(6)};
  if (!row.is_null(7)) alert.closed_at = UtcTime{row.integer(7)};
  alert.closed_because = row.text(8);
  return alert;
}

void append_alert(std::string& out, const Alert& alert) {
  const auto text = [&](std::string_view key, std::string_view value, bool there = true) {
    append_key(out, key);
    there ? append_json_string(out, value) : void(out += "null");
  };
  append_key(out, "alert_id");
  append_integer(out, alert.id);
  text("rule", to_text(alert.key.rule));
  text("state", alert.closed_at ? "closed" : "open");
  text("subject", to_text(alert.key.subject));
  text("station_id", alert.key.name, alert.key.subject == AlertSubject::kStation);
  text("agent", alert.key.name, alert.key.subject == AlertSubject::kAgent);
  text("detail", alert.detail);
  append_key(out, "since");
  append_time(out, alert.since);
  append_key(out, "opened_at");
  append_time(out, alert.opened_at);
  append_key(out, "closed_at");
  append_time(out, alert.closed_at);
  text("closed_because", alert.closed_because, alert.closed_at.has_value());
}

Result<std::unique_ptr<AlertStore>> AlertStore::open(const std::string& path, AlertStoreOptions options) {
  SqlOpenOptions how;
  how.synchronous_full = false;
  auto database = SqlDatabase::open(path, how);
  if (!database) return std::move(database).error().while_doing("alerts in " + path);
  std::unique_ptr<AlertStore> store(new AlertStore(std::move(*database), std::move(options)));
  if (auto prepared = store->prepare(); !prepared.ok()) return std::move(prepared).error().while_doing("alerts in " + path);
  return store;
}

Status AlertStore::prepare() {
  auto version = database_.query_integer("PRAGMA user_version");
  if (!version) return std::move(version).error();
  if (version->value_or(0) > 1) return Error{"was written by a newer wayside-central", "install that version"};
  WAYSIDE_TRY(database_.execute(kSchema));
  return prepare_channels();
}

/// A channel begins with what comes; what one left behind that is set no more waits for nobody.
Status AlertStore::prepare_channels() {
  std::string kept = "''";
  for (const std::string& channel : options_.channels) {
    WAYSIDE_TRY(run("INSERT OR IGNORE INTO channel (name, done_pk) SELECT ?1, coalesce(max(seq), 0) FROM sqlite_sequence", {},
                    channel));
    kept += ",'" + channel + "'";
  }
  WAYSIDE_TRY(database_.execute("DELETE FROM channel WHERE name NOT IN (" + kept + ")"));
  return drop_notices();
}

Status AlertStore::run(std::string_view sql, const std::vector<std::int64_t>& numbers, std::string_view text) {
  auto statement = database_.prepare(sql);
  if (!statement) return std::move(statement).error();
  int at = 1;
  if (!text.empty()) statement->bind(at++, text);
  for (const std::int64_t number : numbers) statement->bind(at++, number);
  return statement->run();
}

Result<std::vector<Alert>> AlertStore::open_alerts() {
  const std::lock_guard lock(mutex_);
  std::vector<Alert> alerts;
  WAYSIDE_TRY(database_.each_row("SELECT " + std::string(kAlertColumns) + " FROM alert WHERE closed_at IS NULL",
                                 [&](const SqlStatement& row) { alerts.push_back(read_alert(row)); }));
  return alerts;
}

Result<std::vector<Alert>> AlertStore::apply(const std::vector<AlertNews>& news) {
  const std::lock_guard lock(mutex_);
  auto transaction = SqlTransaction::begin(database_);
  if (!transaction) return std::move(transaction).error();
  std::vector<Alert> changed;
  for (const AlertNews& item : news) {
    auto alert = write(item);
    if (!alert) return std::move(alert).error();
    if (!*alert) continue;
    if (!options_.channels.empty()) WAYSIDE_TRY(note(**alert, item.opened));
    changed.push_back(std::move(**alert));
  }
  WAYSIDE_TRY(drop_notices());
  WAYSIDE_TRY(transaction->commit());
  return changed;
}

/// Nothing when the table says so already.
Result<std::optional<Alert>> AlertStore::write(const AlertNews& news) {
  const std::string sql =
      news.opened ? "INSERT INTO alert (rule, subject, name, detail, since, opened_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                    "ON CONFLICT DO NOTHING RETURNING "
                  : "UPDATE alert SET closed_because = ?4, closed_at = ?6 WHERE rule = ?1 AND subject = ?2 AND name "
                    "= ?3 AND closed_at IS NULL AND ?5 = ?5 RETURNING ";
  auto statement = database_.prepare(sql + std::string(kAlertColumns));
  if (!statement) return std::move(statement).error();
  statement->bind(1, to_text(news.key.rule)).bind(2, to_text(news.key.subject)).bind(3, news.key.name);
  statement->bind(4, news.detail).bind(5, news.since.ms).bind(6, news.at.ms);
  std::optional<Alert> alert;
  WAYSIDE_TRY(statement->each_row([&](const SqlStatement& row) { alert = read_alert(row); }));
  return alert;
}

Status AlertStore::note(const Alert& alert, bool opened) {
  std::string json = "{";
  append_key(json, "event");
  append_json_string(json, opened ? "opened" : "closed");
  append_alert(json, alert);
  json += '}';
  return run("INSERT INTO notice (json) VALUES (?1)", {}, json);
}

/// What all have taken goes; what is over the limit goes untaken, oldest first, and is counted.
Status AlertStore::drop_notices() {
  WAYSIDE_TRY(database_.execute(
      "DELETE FROM notice WHERE notice_pk <= coalesce((SELECT min(done_pk) FROM channel), 9223372036854775807)"));
  auto count = database_.query_integer("SELECT count(*) FROM notice");
  if (!count) return std::move(count).error();
  if (count->value_or(0) <= options_.notices_max) return {};
  auto last = database_.query_integer("SELECT notice_pk FROM notice ORDER BY notice_pk DESC LIMIT 1 OFFSET " +
                                      std::to_string(options_.notices_max));
  if (!last) return std::move(last).error();
  const std::int64_t until = last->value_or(0);
  WAYSIDE_TRY(run("UPDATE channel SET dropped = dropped + ?1 - done_pk, done_pk = ?1 WHERE done_pk < ?1", {until}));
  return run("DELETE FROM notice WHERE notice_pk <= ?1", {until});
}

Status AlertStore::trim(UtcTime now) {
  const std::lock_guard lock(mutex_);
  WAYSIDE_TRY(run("DELETE FROM alert WHERE closed_at IS NOT NULL AND closed_at < ?1", {now.ms - options_.keep_ms}));
  return run(
      "DELETE FROM alert WHERE closed_at IS NOT NULL AND closed_at <= (SELECT closed_at FROM alert WHERE closed_at IS NOT NULL "
      "ORDER BY closed_at DESC LIMIT 1 OFFSET ?1)",
      {options_.rows_max});
}

Result<std::vector<AlertNotice>> AlertStore::waiting(const std::string& channel, std::int64_t limit) {
  const std::lock_guard lock(mutex_);
  auto select = database_.prepare(
      "SELECT notice_pk, json FROM notice WHERE notice_pk > (SELECT done_pk FROM channel WHERE name = ?1) ORDER BY notice_pk "
      "LIMIT ?2");
  if (!select) return std::move(select).error();
  select->bind(1, channel).bind(2, limit);
  std::vector<AlertNotice> notices;
  WAYSIDE_TRY(select->each_row([&](const SqlStatement& row) {
    notices.push_back({row.integer(0), std::string(row.text(1))});
  }));
  return notices;
}

Status AlertStore::taken(const std::string& channel, std::int64_t notice_id) {
  const std::lock_guard lock(mutex_);
  return run("UPDATE channel SET done_pk = max(done_pk, ?2) WHERE name = ?1", {notice_id}, channel);
}

Result<AlertStore::ChannelCounts> AlertStore::counts(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  auto select =
      database_.prepare("SELECT (SELECT count(*) FROM notice WHERE notice_pk > done_pk), dropped FROM channel WHERE name = ?1");
  if (!select) return std::move(select).error();
  select->bind(1, channel);
  ChannelCounts counts;
  WAYSIDE_TRY(select->each_row([&](const SqlStatement& row) { counts = {row.integer(0), row.integer(1)}; }));
  return counts;
}

}  // namespace wayside::central
