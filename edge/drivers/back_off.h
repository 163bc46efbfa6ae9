#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace wayside::edge {

/// The pause before hardware is tried again: 1 s doubling to 60 s, a quarter more or less by chance, so that many agents
/// after one power cut do not knock in step.
class BackOff {
 public:
  using Pause = std::chrono::milliseconds;
  explicit BackOff(Pause min = Pause(1000), Pause max = Pause(60'000)) : min_(min), max_(max), next_(min) {}

  Pause next() {
    std::uniform_real_distribution<double> jitter(0.75, 1.25);
    const Pause pause = std::chrono::duration_cast<Pause>(next_ * jitter(random_));
    next_ = std::min(next_ * 2, max_);
    return pause;
  }
  /// It works again: the next pause is the shortest.
  void reset() { next_ = min_; }

 private:
  Pause min_;
  Pause max_;
  Pause next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace wayside::edge
