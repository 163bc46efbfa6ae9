#pragma once

#include <algorithm>
#include <cstddef>

#include "common/base/clock.h"

namespace wayside::edge {

/// At most `per_s` a second on average, up to `burst` at once.
class TokenBucket {
 public:
  TokenBucket(double per_s, std::size_t burst) : per_s_(per_s), burst_(static_cast<double>(burst)), tokens_(burst_) {}

  void set_rate(double per_s) { per_s_ = per_s; }

  std::size_t available(MonoTime now) {
    if (now > refilled_) {
      const double elapsed_s = static_cast<double>((now - refilled_).count()) / 1000.0;
      tokens_ = std::min(burst_, tokens_ + per_s_ * elapsed_s);
      refilled_ = now;
    }
    return static_cast<std::size_t>(tokens_);
  }
  void take(std::size_t count) { tokens_ -= static_cast<double>(count); }

 private:
  double per_s_;
  double burst_;
  double tokens_;
  MonoTime refilled_{};
};

}  // namespace wayside::edge
