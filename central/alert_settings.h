#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "common/base/time.h"
#include "common/mqtt/mosquitto_handle.h"

namespace wayside::central {

struct AlertWebhookSettings : SettingsGroup {
  std::string url;
  Secret token;
  std::string ca_file;
  std::int64_t timeout_s = 10;
  std::int64_t retry_s_max = 300;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct AlertMqttSettings : MqttSettings {
  std::string topic;

  void describe(SettingsVisitor& visitor) override;
};

struct MaintenanceSettings : SettingsGroup {
  std::string station;
  std::string from;
  std::string until;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// A rule whose minutes or share are 0 is off.
struct AlertSettings : SettingsGroup {
  std::int64_t silent_min = 2;
  std::int64_t bad_clock_min = 5;
  std::int64_t empty_min = 0;
  std::int64_t full_min = 0;
  std::int64_t frozen_min = 360;
  std::vector<std::string> frozen_values{"air_temperature_C", "surface_air_pressure_hPa", "air_pressure_at_mean_sea_level_hPa"};
  std::int64_t impossible_min = 10;
  std::int64_t backlog_min = 5;
  std::int64_t backlog_records = 10'000;
  std::int64_t outbox_pct = 80;
  std::int64_t clear_min = 5;
  std::int64_t keep_days = 365;
  std::int64_t keep_rows = 200'000;
  std::int64_t notices_max = 10'000;
  AlertWebhookSettings webhook;
  AlertMqttSettings mqtt;
  std::vector<std::unique_ptr<MaintenanceSettings>> maintenance;

  void describe(SettingsVisitor& visitor) override;
};

}  // namespace wayside::central
