#include "edge/time_keeper.h"

#include <sys/timex.h>

#include <fstream>

namespace wayside::edge {
namespace {

// 2023-01-01. An RTC whose battery is flat sets the clock too, to 1970 or to the day it was made.
constexpr UtcTime kOldestPlausible{1'672'531'200'000};

}  // namespace

TimeKeeper::TimeKeeper(const Clock& clock, bool trust, bool (*kernel_knows)())
    : clock_(clock), trust_(trust), kernel_knows_(kernel_knows) {
  check_kernel();
}

std::string TimeKeeper::quality() const {
  if (kernel_) return "synced";
  if (trust_) return "trust";
  return offset_ms_ ? "dated" : "unknown";
}

UtcTime TimeKeeper::now() const {
  if (kernel_ || trust_ || !offset_ms_) return clock_.wall();
  return UtcTime{clock_.monotonic().count() + *offset_ms_};
}

Stamp TimeKeeper::stamp(std::optional<UtcTime> source_time) const {
  if (source_time) return {source_time, ClockQuality::kSynced, {}};
  if (kernel_) return {clock_.wall(), ClockQuality::kSynced, {}};
  if (trust_) return {clock_.wall(), ClockQuality::kTrusted, {}};
  if (offset_ms_) return {now(), ClockQuality::kDated, {}};
  return {std::nullopt, ClockQuality::kUnknown, clock_.monotonic()};
}

bool TimeKeeper::check_kernel() {
  const bool was_known = known();
  kernel_ = kernel_ || (clock_.wall() >= kOldestPlausible && kernel_knows_());
  return known() && !was_known;
}

bool TimeKeeper::learn(UtcTime now) {
  const bool was_known = known();
  offset_ms_ = now.ms - clock_.monotonic().count();
  return !was_known;
}

std::int64_t TimeKeeper::wall_minus_monotonic_ms() const { return now().ms - clock_.monotonic().count(); }

bool kernel_clock_is_set() {
  timex state{};
  if (adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0) return true;
  std::ifstream rtc("/sys/class/rtc/rtc0/hctosys");
  char set_by_rtc = '0';
  return rtc.get(set_by_rtc) && set_by_rtc == '1';
}

std::string kernel_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace wayside::edge
