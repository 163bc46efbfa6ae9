#include "bridge/bridge_health.h"

#include <nlohmann/json.hpp>

#include "common/base/version.h"

namespace wayside::bridge {

std::string encode_bridge_health(const BridgeHealth& health) {
  const nlohmann::json out = {{"bridge", health.client_id},
                              {"status", health.status},
                              {"version", kVersion},
                              {"at", format_rfc3339(health.at)},
                              {"started_at", format_rfc3339(health.started_at)},
                              {"received_total", health.received_total},
                              {"delivered_total", health.delivered_total},
                              {"dead_letter_total", health.dead_letter_total},
                              {"receipts_total", health.receipts_total},
                              {"in_flight", health.in_flight},
                              {"warnings", health.warnings}};
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wayside::bridge
