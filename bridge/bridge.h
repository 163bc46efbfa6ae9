#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/backoff.h"
#include "bridge/batch.h"
#include "bridge/bridge_metrics.h"
#include "bridge/bridge_settings.h"
#include "bridge/bridge_status.h"
#include "bridge/intake.h"
#include "bridge/kafka_producer.h"
#include "bridge/mqtt_subscriber.h"
#include "bridge/stop_signal.h"
#include "bridge/topic_settings.h"
#include "common/base/clock.h"

namespace wayside::bridge {

/// The loop: read a batch from MQTT, give it to Kafka, wait until Kafka has all of it, then acknowledge and send
/// receipts. Whatever leaves doubt drops the connection unacknowledged, and the broker sends the batch again. It keeps
/// no state of its own. One thread.
class Bridge {
 public:
  Bridge(const BridgeSettings& settings, const Clock& clock, StopSignal& stop, BridgeMetrics& metrics, BridgeStatus& status);

  /// Runs until the stop signal. Returns the exit code: 0, or 2 when Kafka's topics are not as the contract wants them.
  int run();

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class Start { kReady, kStopped, kWrongTopics };

  Start start_kafka();
  Status open_producer();
  void drop_producer();
  void learn_topics();
  void serve_session();
  void recover(const Error& error);
  Status know_time() const;
  Status run_batch();
  Status read_batch();
  bool batch_full(Time deadline) const;
  Status deliver_batch();
  Status settle_refused(const std::vector<RefusedRecord>& refused);
  Status acknowledge(Time started);
  Status idle();
  Status publish_health(const char* status);
  bool keep_waiting_for_kafka(std::chrono::milliseconds waited);
  void tell_state();
  void finish();

  const BridgeSettings& settings_;
  const Clock& clock_;
  StopSignal& stop_;
  BridgeMetrics& metrics_;
  BridgeStatus& status_;
  MqttSubscriber subscriber_;
  std::unique_ptr<KafkaProducer> producer_;  ///< null when it must be made anew
  Batch batch_;
  Intake intake_{batch_};
  Backoff backoff_;
  UtcTime started_at_;
  std::optional<TopicSettingsQuery> topics_query_;    ///< behind the producer: it must go first
  std::optional<std::vector<std::string>> warnings_;  ///< about Kafka's settings; nothing: not answered yet
  std::uint64_t delivered_total_ = 0;                 ///< of producers that are gone
  std::uint64_t counted_records_ = 0;                 ///< of delivered ones, already in the metrics
  bool announced_ = false;
  bool kafka_late_ = false;  ///< Kafka has not answered for kKafkaLate
  std::optional<Time> stop_deadline_;
  Time next_health_{};
  Time next_idle_{};
};

}  // namespace wayside::bridge
