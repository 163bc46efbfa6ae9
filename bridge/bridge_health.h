#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/time.h"

namespace wayside::bridge {

/// The bridge's word about itself on Kafka topic agent-health, key `bridge:<client_id>` (README, "Health").
struct BridgeHealth {
  std::string client_id;
  std::string status;  ///< online, offline
  UtcTime at;
  UtcTime started_at;
  std::uint64_t received_total = 0;   ///< MQTT messages
  std::uint64_t delivered_total = 0;  ///< Kafka records
  std::uint64_t dead_letter_total = 0;
  std::uint64_t receipts_total = 0;
  std::uint64_t in_flight = 0;  ///< messages held at this moment
  std::vector<std::string> warnings;

  std::string key() const { return "bridge:" + client_id; }
};
std::string encode_bridge_health(const BridgeHealth& health);

}  // namespace wayside::bridge
