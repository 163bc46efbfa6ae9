#pragma once

#include <memory>
#include <string>

#include "bridge/bridge_metrics.h"
#include "bridge/bridge_status.h"
#include "common/base/result.h"

namespace wayside::bridge {

/// Serves /metrics and /healthz in a thread of its own, so that they answer while Kafka makes the main thread wait.
class MetricsServer {
 public:
  MetricsServer(const BridgeMetrics& metrics, const BridgeStatus& status);
  ~MetricsServer();  ///< stops and joins
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// Binds to ADDRESS:PORT and starts the thread.
  Status start(const std::string& listen);
  /// The port in use; for port 0.
  unsigned port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayside::bridge
