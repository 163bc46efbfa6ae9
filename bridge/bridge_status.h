#pragma once

#include <atomic>

namespace wayside::bridge {

/// What /healthz tells. Written by the main thread, read by the metrics thread.
struct BridgeStatus {
  std::atomic<bool> mqtt_connected{false};
  std::atomic<bool> kafka_connected{false};

  bool healthy() const { return mqtt_connected && kafka_connected; }
};

}  // namespace wayside::bridge
