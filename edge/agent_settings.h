#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "common/mqtt/mosquitto_handle.h"

namespace wayside::edge {

/// One `[[source]]`: a driver with its own settings.
struct SourceSettings : SettingsGroup {
  std::string name;
  std::string driver;
  std::unique_ptr<SettingsGroup> options;  ///< made by the driver's registry entry

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct OutboxSettings : SettingsGroup {
  std::string mode = "strict";
  std::int64_t write_after_s = 10;
  std::int64_t memory_mb = 8;
  std::int64_t max_mb = 512;
  std::int64_t hours = 24;
  std::int64_t disk_free_mb = 64;
  std::int64_t commit_delay_ms = 5;

  void describe(SettingsVisitor& visitor) override;
};

struct AgentMqttSettings : MqttSettings {
  std::int64_t window = 256;
  std::int64_t backlog_per_s = 500;
  std::int64_t health_interval_s = 30;

  void describe(SettingsVisitor& visitor) override;
};

struct AgentSettings : SettingsGroup {
  std::string agent;
  std::string state_dir = "/var/lib/wayside-agent";
  std::string clock = "auto";
  std::string log_level = "info";
  std::int64_t once_timeout_s = 60;
  std::int64_t check_timeout_s = 30;
  AgentMqttSettings mqtt;
  OutboxSettings outbox;
  std::vector<std::unique_ptr<SourceSettings>> sources;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  std::string outbox_path() const { return state_dir + "/outbox.db"; }
  std::string socket_path() const { return state_dir + "/agent.sock"; }
};

}  // namespace wayside::edge
