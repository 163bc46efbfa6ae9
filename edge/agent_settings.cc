#include "edge/agent_settings.h"

#include <map>
#include <set>

#include "common/contract/names.h"
#include "edge/driver.h"

namespace wayside::edge {

void SourceSettings::describe(SettingsVisitor& visitor) {
  visitor.text("name", name, "Name of the source in logs and health, unique in this agent.", Presence::kRequired);
  visitor.choice("driver", driver, driver_names(), "What reads the hardware; each driver adds its own settings below.");
  const DriverEntry* entry = find_driver(driver);
  if (entry == nullptr) return;
  if (!options) options = entry->make_settings();
  options->describe(visitor);
}

Status SourceSettings::validate() const {
  if (!options) return Error{"driver: is missing", "driver = \"gbfs\""};
  return options->validate();
}

void OutboxSettings::describe(SettingsVisitor& visitor) {
  visitor.choice("mode", mode, {"strict", "flash-saver"},
                 "strict: written before it is published; flash-saver: published from memory, a power cut costs what was taken "
                 "in the last write_after_s and has no receipt.");
  visitor.integer("write_after_s", write_after_s, {1, 3600},
                  "In flash-saver: a reading without a receipt is on flash when it is this old. While the bridge is away a "
                  "device waits this long for its answer.");
  visitor.integer("memory_mb", memory_mb, {1, 1024}, "In flash-saver: room for readings in memory; above it they are written.");
  visitor.integer("max_mb", max_mb, {1, 1 << 20},
                  "Room for readings without a receipt; above it the oldest are dropped and stated in stream loss.");
  visitor.integer(
      "hours", hours, {0, 10'000},
      "The outage that the outbox shall hold: a warning when max_mb is too small for it at the present rate; 0: none.");
  visitor.integer("disk_free_mb", disk_free_mb, {0, 1 << 20},
                  "Free space to leave on the disk of state_dir: below it sources are refused until half as much more is free; "
                  "0: not watched.");
  visitor.integer("commit_delay_ms", commit_delay_ms, {0, 10'000},
                  "How long readings gather into one commit; a device waits this long for its answer.");
}

void AgentMqttSettings::describe(SettingsVisitor& visitor) {
  MqttSettings::describe(visitor);
  visitor.integer("window", window, {1, 10'000}, "Most readings on the way without a receipt.");
  visitor.integer("backlog_per_s", backlog_per_s, {1, 1'000'000},
                  "Readings/s of the backlog after an outage, until the bridge says otherwise.");
  visitor.integer("health_interval_s", health_interval_s, {1, 3600}, "How often health is published.");
}

void AgentSettings::describe(SettingsVisitor& visitor) {
  visitor.text("agent", agent, "Name of this agent: MQTT client id, and MQTT user when mqtt.username is empty.",
               Presence::kRequired);
  visitor.text("state_dir", state_dir, "Folder of the outbox and of the status socket.");
  visitor.choice("clock", clock, {"auto", "trust"},
                 "auto: readings wait until the kernel, an RTC or the bridge says the time; trust: the clock is right.");
  visitor.choice("log_level", log_level, {"debug", "info", "warn", "error"}, "Least important lines to log.");
  visitor.integer("once_timeout_s", once_timeout_s, {1, 86'400}, "How long --once waits for receipts.");
  visitor.integer("check_timeout_s", check_timeout_s, {1, 3600},
                  "How long `wayside-agent check` waits for a source's first reading.");
  visitor.group("mqtt", mqtt, "The MQTT broker.");
  visitor.group("outbox", outbox, "The store of readings that wait for their receipt.");
  visitor.list_of("source", sources, "What to read; one table per source.");
}

Status AgentSettings::validate() const {
  if (!valid_agent_name(agent)) {
    return Error{"agent: has other characters than A-Z a-z 0-9 . _ - or over 64 of them (got " + agent + ")",
                 "agent = \"north-1\""};
  }
  if (sources.empty()) return Error{"source: there is none", "add a [[source]] table; --example-settings shows one"};
  std::set<std::string> names;
  for (const auto& source : sources) {
    if (!names.insert(source->name).second) return Error{"source: two have the name " + source->name, "give each its own"};
  }
  std::map<std::string, std::string> stations;  // to the source
  for (const auto& source : sources) {
    const DriverEntry* entry = find_driver(source->driver);
    if (entry == nullptr || !entry->station_ids || !source->options) continue;
    for (const std::string& station : entry->station_ids(*source->options)) {
      const auto [known, fresh] = stations.try_emplace(station, source->name);
      if (fresh || known->second == source->name) continue;
      return Error{"station_id: is in the sources " + known->second + " and " + source->name + " (got " + station + ")",
                   "give each station its own: two would overwrite each other's information"};
    }
  }
  return {};
}

}  // namespace wayside::edge
