#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "edge/reading_store.h"

namespace wayside::edge {

/// Whether this machine knows the time (DESIGN section 5, Time): a Raspberry Pi has no clock battery. Known when told to
/// trust the clock, when the kernel says synchronised or an RTC set it (and the clock shows a year that can be), or from
/// `now` of a receipt.
class TimeKeeper {
 public:
  /// `kernel_knows`: seam; kernel_clock_is_set() in the agent.
  TimeKeeper(const Clock& clock, bool trust, bool (*kernel_knows)());

  bool known() const { return trust_ || kernel_ || offset_ms_.has_value(); }
  /// "trust", "synced", "dated" (from a receipt) or "unknown", for health.
  std::string quality() const;
  /// Stamp for a reading that is observed now, or was observed at the source's own time.
  Stamp stamp(std::optional<UtcTime> source_time) const;
  UtcTime now() const;

  /// Asks the kernel again. True when the time has become known by this.
  bool check_kernel();
  /// `now` of a receipt; true when the time has become known by this.
  bool learn(UtcTime now);
  /// Wall clock minus monotonic, when known: dates what was read before.
  std::int64_t wall_minus_monotonic_ms() const;

 private:
  const Clock& clock_;
  bool trust_;
  bool (*kernel_knows_)();
  bool kernel_ = false;
  std::optional<std::int64_t> offset_ms_;
};

/// The kernel says synchronised (adjtimex), or an RTC set the clock at boot.
bool kernel_clock_is_set();
/// The kernel's id of this boot.
std::string kernel_boot_id();

}  // namespace wayside::edge
