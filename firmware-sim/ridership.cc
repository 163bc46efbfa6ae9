#include "firmware-sim/ridership.h"

namespace wayside::sim {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

}  // namespace

std::size_t day_type(UtcTime time) {
  const std::int64_t weekday = (time.seconds() / kSecondsPerDay + 4) % 7;  // 1970-01-01 was a Thursday; 0: Sunday
  return weekday == 0 ? 2 : weekday == 6 ? 1 : 0;
}

double rides_per_second(const RailNetwork& network, const RailStop& stop, UtcTime time) {
  const auto hour = static_cast<std::size_t>(time.seconds() % kSecondsPerDay / 3600);
  return stop.rides[day_type(time)] * network.curve[hour] / 3600;
}

std::vector<std::uint64_t> Ridership::step(UtcTime time, double seconds) {
  std::vector<std::uint64_t> persons;
  persons.reserve(network_.stops.size());
  for (const RailStop& stop : network_.stops) {
    persons.push_back(random_.poisson(rides_per_second(network_, stop, time) * seconds));
  }
  return persons;
}

}  // namespace wayside::sim
