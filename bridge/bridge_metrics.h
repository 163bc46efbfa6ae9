#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "bridge/batch.h"

namespace wayside::bridge {

/// The bridge's numbers (README, "Metrics"). Written once per batch by the main thread; text() may run in another.
class BridgeMetrics {
 public:
  BridgeMetrics();
  ~BridgeMetrics();
  BridgeMetrics(const BridgeMetrics&) = delete;
  BridgeMetrics& operator=(const BridgeMetrics&) = delete;

  /// A batch that Kafka has and that was acknowledged. `records` of Kafka, `receipts` MQTT messages sent.
  void count_batch(const BatchCounts& counts, std::uint64_t records, std::uint64_t receipts, double seconds);
  /// A batch that was thrown away unacknowledged; the broker sends its messages again.
  void count_dropped_batch();
  void count_mqtt_connect();
  void count_producer_restart();
  void set_in_flight(std::size_t messages);
  void set_connected(bool mqtt, bool kafka);

  std::uint64_t received_total() const { return received_; }
  std::uint64_t dead_letters_total() const { return dead_letters_; }
  std::uint64_t receipts_total() const { return receipts_; }

  /// Prometheus text format.
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
  // The same for the bridge's health; main thread only.
  std::uint64_t received_ = 0;
  std::uint64_t dead_letters_ = 0;
  std::uint64_t receipts_ = 0;
};

}  // namespace wayside::bridge
