#include "central/alert_desk.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/log.h"

namespace wayside::central {
namespace {

using nlohmann::json;

constexpr std::int64_t kLookEveryMs = 2000;
constexpr std::int64_t kTrimEveryMs = 3'600'000;
/// Health is read again so far back: bridges' clocks differ.
constexpr std::int64_t kHealthBackMs = 600'000;
constexpr std::int64_t kRefusedAtOnce = 1000;

AlertStoreOptions store_options(const AlertSettings& settings) {
  AlertStoreOptions options{settings.keep_days * 86'400'000, settings.keep_rows, settings.notices_max, {}};
  if (!settings.webhook.url.empty()) options.channels.emplace_back("webhook");
  if (!settings.mqtt.topic.empty()) options.channels.emplace_back("mqtt");
  return options;
}

AgentFacts agent_facts(std::string_view name, std::string_view health) {
  AgentFacts facts;
  facts.name = name;
  const json said = json::parse(health, nullptr, false);
  if (!said.is_object()) return facts;
  const auto is = [&](const char* key, const char* value) { return said.contains(key) && said[key] == value; };
  facts.offline = is("status", "offline");
  facts.bad_clock = is("clock", "unknown");
  const auto outbox = said.find("outbox");
  if (outbox == said.end() || !outbox->is_object()) return facts;
  const auto number = [&](const char* key) {
    return outbox->contains(key) && (*outbox)[key].is_number() ? (*outbox)[key].get<double>() : 0.0;
  };
  if (number("bytes_max") > 0) facts.outbox_pct = 100 * number("bytes") / number("bytes_max");
  if (outbox->contains("fault") && (*outbox)["fault"].is_string()) facts.outbox_fault = (*outbox)["fault"].get<std::string>();
  return facts;
}

}  // namespace

Result<std::unique_ptr<AlertDesk>> AlertDesk::open(const AlertSettings& settings, const std::string& database,
                                                   const std::string& database_id, const Clock& clock) {
  auto store = AlertStore::open(path_beside(database), store_options(settings));
  if (!store) return std::move(store).error();
  std::unique_ptr<AlertDesk> desk(new AlertDesk(settings, database, std::move(*store), clock));
  if (auto begun = desk->begin(database_id); !begun.ok()) return std::move(begun).error();
  return desk;
}

AlertDesk::AlertDesk(const AlertSettings& settings, std::string database, std::unique_ptr<AlertStore> store, const Clock& clock)
    : settings_(settings), database_(std::move(database)), clock_(clock), store_(std::move(store)), watch_(settings) {}

Status AlertDesk::begin(const std::string& database_id) {
  auto open = store_->open_alerts();
  if (!open) return std::move(open).error();
  for (const Alert& alert : *open) watch_.restore(alert.key, clock_.wall());
  counters_.open = watch_.book().open_counts();
  if (!settings_.webhook.url.empty()) {
    AlertSenderOptions options;
    options.retry_max = std::chrono::seconds(settings_.webhook.retry_s_max);
    senders_.push_back(std::make_unique<AlertSender>(*store_, make_webhook(settings_.webhook, database_id), options));
  }
  if (!settings_.mqtt.topic.empty()) {
    senders_.push_back(
        std::make_unique<AlertSender>(*store_, make_alert_topic(settings_.mqtt, database_id), AlertSenderOptions()));
  }
  // What was refused before is not news.
  WAYSIDE_TRY(open_reader());
  auto newest = reader_->query_integer("SELECT max(quarantine_pk) FROM quarantine");
  if (!newest) return std::move(newest).error();
  quarantine_seen_ = newest->value_or(0);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

AlertDesk::~AlertDesk() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void AlertDesk::look_at(const Board& board, const IngestStatus& ingest) {
  std::vector<StationFacts> changed;
  if (board.version() != version_) {
    for (const auto& [id, station] : board.stations()) {
      if (station->version > version_) changed.push_back(facts_of(*station, settings_.frozen_values));
    }
    version_ = board.version();
  }
  const IngestReport report = ingest.read();
  LineFacts line{report.state == IngestState::kFolding, report.detail, 0};
  if (line.why_not.empty()) line.why_not = to_text(report.state);
  for (const PartitionStatus& place : report.partitions) line.lag += place.lag();
  {
    const std::lock_guard lock(mutex_);
    for (StationFacts& facts : changed) mail_[facts.id] = std::move(facts);
    line_ = std::move(line);
    fresh_ = true;
  }
  wake_.notify_all();
}

void AlertDesk::station_gone(const std::string& id) {
  StationFacts gone;
  gone.id = id;
  gone.gone = true;
  const std::lock_guard lock(mutex_);
  mail_[id] = std::move(gone);
}

void AlertDesk::run(const std::stop_token& stop) {
  for (;;) {
    std::map<std::string, StationFacts> mail;
    LineFacts line;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return fresh_; })) return;
      fresh_ = false;
      mail.swap(mail_);
      line = line_;
    }
    const UtcTime now = clock_.wall();
    for (const auto& [id, facts] : mail) watch_.see_station(facts, now);
    watch_.see_line(line, now);
    work(now);
  }
}

void AlertDesk::work(UtcTime now) {
  if (now >= next_look_) {
    next_look_ = UtcTime{now.ms + kLookEveryMs};
    if (auto looked = look_into_database(now); !looked.ok()) {
      reader_.reset();
      fail(looked.error());
    }
  }
  // What the disk did not take comes first; until it does, nothing new is decided.
  if (unsaved_.empty()) unsaved_ = watch_.tick(now);
  if (!unsaved_.empty()) save();
  if (now >= next_trim_) {
    next_trim_ = UtcTime{now.ms + kTrimEveryMs};
    if (auto trimmed = store_->trim(now); !trimmed.ok()) fail(trimmed.error());
  }
  const std::lock_guard lock(mutex_);
  counters_.open = watch_.book().open_counts();
}

void AlertDesk::save() {
  auto changed = store_->apply(unsaved_);
  if (!changed) return fail(changed.error());
  unsaved_.clear();
  for (const Alert& alert : *changed) say(alert);
  for (const auto& sender : senders_) sender->wake();
}

void AlertDesk::say(const Alert& alert) {
  const auto rule = static_cast<std::size_t>(alert.key.rule);
  {
    const std::lock_guard lock(mutex_);
    ++(alert.closed_at ? counters_.closed : counters_.opened)[rule];
  }
  log_event(alert.closed_at ? LogLevel::kInfo : LogLevel::kWarn, alert.closed_at ? "alert_closed" : "alert_opened",
            {{"rule", to_text(alert.key.rule)},
             {to_text(alert.key.subject), alert.key.name},
             {"alert", alert.id},
             {"detail", alert.closed_at ? alert.closed_because : alert.detail}});
}

void AlertDesk::fail(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    ++counters_.errors;
  }
  log_limited(LogLevel::kError, "alerts_failed", "alerts", {{"error", error.message}, {"try", error.hint}});
}

Status AlertDesk::open_reader() {
  if (reader_) return {};
  SqlOpenOptions options;
  options.read_only = true;
  auto opened = SqlDatabase::open(database_, options);
  if (!opened) return std::move(opened).error();
  reader_ = std::make_unique<SqlDatabase>(std::move(*opened));
  return {};
}

Status AlertDesk::look_into_database(UtcTime now) {
  WAYSIDE_TRY(open_reader());
  WAYSIDE_TRY(look_at_health(*reader_, now));
  return look_at_quarantine(*reader_, now);
}

Status AlertDesk::look_at_health(SqlDatabase& database, UtcTime now) {
  auto select = database.prepare("SELECT name, payload, received_at FROM health WHERE received_at >= ?1");
  if (!select) return std::move(select).error();
  select->bind(1, health_seen_ms_ - kHealthBackMs);
  return select->each_row([&](const SqlStatement& row) {
    health_seen_ms_ = std::max(health_seen_ms_, row.integer(2));
    if (!row.text(0).starts_with("bridge:")) watch_.see_agent(agent_facts(row.text(0), row.text(1)), now);
  });
}

Status AlertDesk::look_at_quarantine(SqlDatabase& database, UtcTime now) {
  auto select = database.prepare(
      "SELECT quarantine_pk, reason, station_id, stream, detail FROM quarantine WHERE quarantine_pk > ?1 ORDER BY "
      "quarantine_pk "
      "LIMIT ?2");
  if (!select) return std::move(select).error();
  select->bind(1, quarantine_seen_).bind(2, kRefusedAtOnce);
  return select->each_row([&](const SqlStatement& row) {
    quarantine_seen_ = row.integer(0);
    // Without a stream it is no reading that was refused.
    if (row.text(1) != "out_of_range" || row.text(2).empty() || row.text(3).empty()) return;
    watch_.see_refused(std::string(row.text(2)), "refused: " + std::string(row.text(4)), now);
  });
}

AlertCounters AlertDesk::counters() const {
  AlertCounters counters;
  {
    const std::lock_guard lock(mutex_);
    counters = counters_;
  }
  for (const auto& sender : senders_) counters.channels.push_back(sender->counters());
  return counters;
}

}  // namespace wayside::central
