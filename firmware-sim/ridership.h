#pragma once

#include <cstdint>
#include <vector>

#include "common/base/time.h"
#include "firmware-sim/rail_network.h"
#include "firmware-sim/random.h"

namespace wayside::sim {

/// 0: a weekday, 1: a Saturday, 2: a Sunday; in UTC.
std::size_t day_type(UtcTime time);
/// Persons that are expected at a stop in one second.
double rides_per_second(const RailNetwork& network, const RailStop& stop, UtcTime time);

/// People who go through the turnstiles, by the curve of the day's hours and by the kind of day. Not thread-safe.
class Ridership {
 public:
  Ridership(const RailNetwork& network, Random random) : network_(network), random_(random) {}
  /// How many entered each stop in the `seconds` that end at `time`.
  std::vector<std::uint64_t> step(UtcTime time, double seconds);

 private:
  const RailNetwork& network_;
  Random random_;
};

}  // namespace wayside::sim
