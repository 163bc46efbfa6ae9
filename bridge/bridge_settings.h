#pragma once

#include <cstdint>
#include <string>

#include "common/base/settings.h"
#include "common/kafka/kafka_handle.h"
#include "common/mqtt/mosquitto_handle.h"

namespace wayside::bridge {

struct BridgeMqttSettings : MqttSettings {
  std::string client_id = "wayside-bridge";

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct BridgeKafkaSettings : KafkaSettings {
  std::string compression = "lz4";
  std::int64_t linger_ms = 20;
  // What `wayside-bridge topics` makes:
  std::int64_t partitions = 12;
  std::int64_t replication_factor = 1;
  std::int64_t retention_hours = 168;

  void describe(SettingsVisitor& visitor) override;
};

struct BridgeSettings : SettingsGroup {
  std::string log_level = "info";
  BridgeMqttSettings mqtt;
  BridgeKafkaSettings kafka;
  std::string metrics_listen = "127.0.0.1:9464";
  std::int64_t batch_messages = 4000;
  std::int64_t batch_bytes = 8 * 1024 * 1024;
  std::int64_t batch_ms = 50;
  std::int64_t backlog_per_s = 500;
  std::int64_t stop_timeout_s = 5;

  void describe(SettingsVisitor& visitor) override;
};

}  // namespace wayside::bridge
