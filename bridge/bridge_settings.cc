#include "bridge/bridge_settings.h"

namespace wayside::bridge {

void BridgeMqttSettings::describe(SettingsVisitor& visitor) {
  visitor.text("client_id", client_id,
               "Name of the broker's session, which keeps messages while the bridge is away. One per bridge, never changed.");
  MqttSettings::describe(visitor);
}

Status BridgeMqttSettings::validate() const {
  if (client_id.empty()) return Error{"client_id: must not be empty", "a name that no other client of the broker has"};
  return MqttSettings::validate();
}

void BridgeKafkaSettings::describe(SettingsVisitor& visitor) {
  KafkaSettings::describe(visitor);
  visitor.choice("compression", compression, {"none", "lz4", "zstd", "snappy", "gzip"}, "How record batches are compressed.");
  visitor.integer("linger_ms", linger_ms, {0, 1000},
                  "How long the Kafka client may wait for company while a batch is still being read. At the end of a batch "
                  "everything is sent at once.");
  visitor.integer("partitions", partitions, {1, 10'000},
                  "`wayside-bridge topics`: partitions of each topic. One count for all, fixed for life.");
  visitor.integer("replication_factor", replication_factor, {1, 100},
                  "`wayside-bridge topics`: replicas of each partition. From 3 on, min.insync.replicas=2 is set too.");
  visitor.integer("retention_hours", retention_hours, {1, 24 * 3650},
                  "`wayside-bridge topics`: how long readings and dead letters are kept. Central must come back within it.");
}

void BridgeSettings::describe(SettingsVisitor& visitor) {
  visitor.choice("log_level", log_level, {"debug", "info", "warn", "error"}, "Least level that is written.");
  visitor.text("metrics_listen", metrics_listen, "ADDRESS:PORT of /metrics and /healthz; empty: none.");
  visitor.integer("batch_messages", batch_messages, {1, 10'000},
                  "A batch ends at this many MQTT messages. Their PUBACKs are held until Kafka has them all.");
  visitor.integer("batch_bytes", batch_bytes, {1024, 256 * 1024 * 1024}, "… or at this many bytes of payload");
  visitor.integer("batch_ms", batch_ms, {1, 10'000}, "… or after this many milliseconds of reading.");
  visitor.integer(
      "backlog_per_s", backlog_per_s, {0, 1'000'000},
      "How fast an agent may send its backlog, in readings per second; told in the answer to its health. 0: not told.");
  visitor.integer("stop_timeout_s", stop_timeout_s, {1, 3600},
                  "At a stop, how long to wait for Kafka to take the last batch. After that its PUBACKs are not sent.");
  visitor.group("mqtt", mqtt, "The MQTT broker beside this bridge.");
  visitor.group("kafka", kafka, "Where the readings go.");
}

}  // namespace wayside::bridge
