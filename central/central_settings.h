#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "central/alert_settings.h"
#include "central/bronze.h"
#include "central/gbfs_feeds.h"
#include "common/base/settings.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::central {

struct HttpSettings : SettingsGroup {
  std::string listen = "127.0.0.1:8080";
  std::string cert_file;
  std::string key_file;
  std::int64_t connections_max = 4096;
  std::int64_t viewers_max = 3000;
  std::int64_t viewer_queue_kb = 1024;
  std::int64_t readers = 2;
  std::int64_t exports_max = 64;
  bool operator_actions = false;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct IngestSettings : SettingsGroup {
  std::int64_t batch_messages = 5000;
  std::int64_t batch_wait_ms = 5;

  void describe(SettingsVisitor& visitor) override;
};

/// Defaults as in FoldLimits.
struct LimitSettings : SettingsGroup {
  std::int64_t stations = 100'000;
  std::int64_t stations_of_agent = 20'000;
  std::int64_t agents = 20'000;
  std::int64_t epochs = 1000;
  std::int64_t ranges = 100'000;

  void describe(SettingsVisitor& visitor) override;
};

struct PageSettings : SettingsGroup {
  std::string tiles_file;
  std::string tiles_url;
  std::string tiles_attribution;
  std::string geocoder_url;
  std::string timezone;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  /// Scheme, host and port of what the page may ask beside central itself.
  std::vector<std::string> hosts() const;
};

/// Defaults as in LayerOptions.
struct LayerSettings : SettingsGroup {
  std::int64_t close_after_minutes = 60;
  std::int64_t silver_days = 30;
  std::int64_t minute_days = 30;
  std::int64_t hour_days = 730;
  std::int64_t day_days = 0;

  void describe(SettingsVisitor& visitor) override;
};

struct CentralSettings : SettingsGroup {
  std::string log_level = "info";
  std::string database = "central.db";
  bool synchronous_full = false;
  std::int64_t cache_mb = 32;
  bool keep_readings = true;
  bool publish_state = false;
  std::int64_t report_interval_s = 300;
  std::int64_t quarantine_rows = 20'000;
  std::int64_t quarantine_mb = 128;
  std::int64_t delta_interval_ms = 100;
  KafkaSettings kafka;
  IngestSettings ingest;
  LimitSettings limits;
  AlertSettings alerts;
  LayerSettings layers;
  BronzeSettings bronze;
  HttpSettings http;
  PageSettings page;
  GbfsSettings gbfs;

  void describe(SettingsVisitor& visitor) override;
};

}  // namespace wayside::central
