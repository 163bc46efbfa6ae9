#pragma once

#include <algorithm>
#include <cstdint>

namespace wayside::edge {

/// How an attempt to be connected ended.
enum class SessionEnd {
  kSteady,    ///< connected for a while, then lost
  kHeard,     ///< connected shortly, with a word of the bridge
  kNoBroker,  ///< nobody listens, or no name, or no route
  kRefused,   ///< somebody is there and does not take us: TLS, password, ACL, another client of this name, overload
};

/// The pause before the next attempt to connect: doubles from `min_ms`. A broker that is not there costs nothing to ask, and
/// the first new reading shall be seen within 3 s of its start: asked at least every 2 s, also after hours. Half of that is
/// jitter, so 10,000 agents come back over 1 s: some 10,000 connects/s at most, and those that wait in its backlog do not ask
/// again. One that is there and refuses us pays for each attempt (a TLS handshake costs it about 1 ms): up to `refused_ms_max`.
class RetryPause {
 public:
  RetryPause(std::uint32_t min_ms, std::uint32_t refused_ms_max) : min_ms_(min_ms), refused_ms_max_(refused_ms_max) {}

  /// Milliseconds; sleep between half of it and all.
  std::uint32_t after(SessionEnd end) {
    const std::uint32_t max_ms = end == SessionEnd::kRefused ? refused_ms_max_ : std::min(kAbsentMsMax, refused_ms_max_);
    pause_ms_ = end == SessionEnd::kSteady ? min_ms_ : std::clamp(pause_ms_ * 2, min_ms_, max_ms);
    return pause_ms_;
  }

  static constexpr std::uint32_t kAbsentMsMax = 2'000;

 private:
  std::uint32_t min_ms_;
  std::uint32_t refused_ms_max_;
  std::uint32_t pause_ms_ = 0;
};

}  // namespace wayside::edge
