#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/time.h"
#include "common/contract/receipt.h"

namespace wayside::bridge {

/// Collects what a batch owes to the agents: one receipt per (agent, epoch) and one answer per health message, however
/// many messages there were. Grows with what one batch holds. Not thread-safe.
class ReceiptMerger {
 public:
  struct Outgoing {
    std::string topic;
    std::string payload;
  };

  void delivered(std::string_view agent, std::string_view epoch, std::string_view station_id, std::uint64_t seq);
  /// Also takes the number back from the delivered ones.
  void refused(std::string_view agent, std::string_view epoch, std::string_view station_id, std::uint64_t seq);
  void answer_health(std::string_view agent);

  /// The MQTT messages to send. `now` is told in answers to health, unless it is not known; `backlog_per_s` 0: not told.
  std::vector<Outgoing> encode(std::optional<UtcTime> now, std::uint32_t backlog_per_s) const;
  bool empty() const { return receipts_.empty() && health_.empty(); }
  void clear();

 private:
  using AgentEpoch = std::pair<std::string, std::string>;
  Receipt& receipt(std::string_view agent, std::string_view epoch);

  std::map<AgentEpoch, Receipt> receipts_;
  std::set<std::string, std::less<>> health_;
  // Neighbours in a batch mostly come from one agent.
  const AgentEpoch* last_key_ = nullptr;
  Receipt* last_ = nullptr;
};

}  // namespace wayside::bridge
