#include "common/base/clock.h"

#include <ctime>

namespace wayside {
namespace {

std::int64_t read_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

UtcTime SystemClock::wall() const { return UtcTime{read_ms(CLOCK_REALTIME)}; }
MonoTime SystemClock::monotonic() const { return MonoTime{read_ms(CLOCK_BOOTTIME)}; }

}  // namespace wayside
