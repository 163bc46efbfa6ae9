#include "firmware-sim/random.h"

#include <cmath>
#include <numbers>

namespace wayside::sim {

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::uint64_t Random::below(std::uint64_t count) { return count == 0 ? 0 : next() % count; }

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t Random::poisson(double mean) {
  if (mean <= 0) return 0;
  if (mean > 30) return static_cast<std::uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal())));
  const double limit = std::exp(-mean);
  std::uint64_t count = 0;
  double product = uniform();
  while (product > limit) {
    product *= uniform();
    ++count;
  }
  return count;
}

Random Random::fork(std::uint64_t salt) const {
  Random mixed(state_ ^ (salt * 0xd1342543de82ef95ULL + 0x2545f4914f6cdd1dULL));
  return Random(mixed.next());
}

}  // namespace wayside::sim
