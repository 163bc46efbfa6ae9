#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/bridge_settings.h"
#include "bridge/record.h"
#include "common/base/result.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::bridge {

struct KafkaTopicDestroy {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

/// An idempotent producer (acks=all, no time-out that discards) used batch by batch: add() records, then deliver().
/// Used by one thread; the delivery reports are served inside its calls.
class KafkaProducer final : public RecordSink {
 public:
  /// Asked about ten times a second while Kafka makes the caller wait; false: give up.
  using KeepWaiting = std::function<bool(std::chrono::milliseconds waited)>;

  static Result<std::unique_ptr<KafkaProducer>> create(const BridgeKafkaSettings& settings, const std::string& client_id,
                                                       KeepWaiting keep_waiting);
  ~KafkaProducer() override;
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  /// Queues a record; waits while the queue is full. What goes wrong is told by deliver().
  void add(const Record& record) override;

  /// Sends all that was added and waits until Kafka has spoken about each record. Returns those that Kafka refused for
  /// good. An error means doubt (a fatal error, given up, …): nothing of the batch may be acknowledged, and this
  /// producer must not be used again.
  Result<std::vector<RefusedRecord>> deliver();

  /// Serves Kafka's events without waiting.
  void serve();
  std::size_t in_flight() const { return in_flight_; }
  /// An error has left doubt: make a new producer.
  bool failed() const { return doubt_.has_value(); }
  std::uint64_t delivered_total() const { return delivered_total_; }
  /// False from the moment all brokers are unreachable until the next delivery.
  bool reachable() const { return reachable_; }
  rd_kafka_t* handle() { return kafka_.get(); }

 private:
  explicit KafkaProducer(KeepWaiting keep_waiting) : keep_waiting_(std::move(keep_waiting)) {}

  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t*, int error, const char* reason, void* self);
  void report(const rd_kafka_message_t& message);
  rd_kafka_topic_t* topic(std::string_view name);
  rd_kafka_resp_err_t produce(const Record& record);
  void doubt(std::string why);
  void check_fatal();

  KeepWaiting keep_waiting_;
  std::size_t in_flight_ = 0;
  std::uint64_t delivered_total_ = 0;
  bool reachable_ = true;
  std::vector<RefusedRecord> refused_;
  std::vector<UtcTime> times_;  ///< of the records since the last deliver(): a failed report does not tell its record's
  std::optional<std::string> doubt_;
  KafkaHandle kafka_;
  // Behind the handle: they must go first.
  std::vector<std::pair<std::string, std::unique_ptr<rd_kafka_topic_t, KafkaTopicDestroy>>> topics_;
};

}  // namespace wayside::bridge
