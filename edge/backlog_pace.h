#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "common/base/clock.h"

namespace wayside::edge {

/// How much of the backlog may be on its way at once, from how long receipts take. When thousands of agents come back
/// together, what all of them send at once waits in the broker, and live readings wait behind it: an agent begins with
/// little, takes as much more as gets its receipt promptly, and halves what it takes while receipts are late.
class BacklogPace {
 public:
  explicit BacklogPace(std::size_t most) : most_(most), share_(std::min(kFirst, most)) {}

  void session_started() {
    share_ = std::min(kFirst, most_);
    quickest_.reset();
  }

  /// A receipt settled `count` readings, of which one had waited for `waited`.
  void settled(std::size_t count, MonoTime waited, MonoTime now) {
    quickest_ = std::min(quickest_.value_or(waited), waited);
    // A link may be slow by itself.
    if (waited <= std::max(kPrompt, 3 * *quickest_)) {
      share_ = std::min(most_, share_ + count);
    } else if (now - halved_at_ >= waited) {  // what is on its way shows the last halving only after this
      share_ = std::max<std::size_t>(1, share_ / 2);
      halved_at_ = now;
    }
  }

  std::size_t room(std::size_t in_flight) const { return in_flight < share_ ? share_ - in_flight : 0; }

 private:
  static constexpr std::size_t kFirst = 4;
  static constexpr MonoTime kPrompt{1'000};

  std::size_t most_;
  std::size_t share_;
  std::optional<MonoTime> quickest_;  // receipt of this session
  MonoTime halved_at_{};
};

}  // namespace wayside::edge
