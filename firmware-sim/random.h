#pragma once

#include <cstdint>

namespace wayside::sim {

/// A seeded generator whose numbers are the same on every machine and compiler, so that a seed replays a run
/// (the distributions of <random> are not portable). SplitMix64, public domain, by Sebastiano Vigna. Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  /// 0 <= x < 1.
  double uniform();
  double between(double low, double high) { return low + (high - low) * uniform(); }
  /// 0 <= x < count; 0 when count is 0.
  std::uint64_t below(std::uint64_t count);
  bool chance(double probability) { return uniform() < probability; }
  /// Mean 0, standard deviation 1.
  double normal();
  /// Number of events when `mean` are expected.
  std::uint64_t poisson(double mean);
  /// A generator of its own for a part named by `salt`: adding a device leaves the others' numbers alone.
  Random fork(std::uint64_t salt) const;

 private:
  std::uint64_t state_;
};

}  // namespace wayside::sim
