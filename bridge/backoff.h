#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace wayside::bridge {

/// Pauses between tries: doubling from `first` to `longest`, each between half and the whole of it at random, so that
/// many bridges do not come back in step.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), next_(first) {}

  std::chrono::milliseconds next() {
    const auto pause = next_;
    next_ = std::min(next_ * 2, longest_);
    std::uniform_int_distribution<std::chrono::milliseconds::rep> jitter(pause.count() / 2, pause.count());
    return std::chrono::milliseconds(jitter(random_));
  }
  /// To be called after success.
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace wayside::bridge
