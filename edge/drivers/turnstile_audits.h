#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "edge/driver.h"
#include "edge/drivers/kept_counters.h"
#include "edge/drivers/register_step.h"

namespace wayside::edge {

struct TurnstileAuditsCounters {
  std::array<std::uint64_t, kRegisterChangeCount> changes{};  ///< of registers, by RegisterChange
  std::uint64_t late = 0;                                     ///< audits not newer than the device's last one: left out
  std::uint64_t events_unused = 0;  ///< events (doors and the like) whose registers are no step on: left out
};

/// Makes a station's cumulative people of its turnstiles' registers. The station's totals are the sum over its devices; a
/// reset, a roll-over or a new board of any of them begins a new life under a new counter_id, with a last reading of the old
/// life and a first one (0) of the new, so that differences within one counter_id lose nobody the registers know of. Each
/// group must be committed before the next is made (KeptCounters). Not thread-safe.
class TurnstileAudits {
 public:
  struct Group {
    std::vector<Observation> observations;
    std::vector<Memory> memories;
  };

  TurnstileAudits(DriverHost& host, std::string station_id, double people_per_minute_max)
      : host_(host), station_id_(std::move(station_id)), people_per_minute_max_(people_per_minute_max), counters_(host) {}

  /// `at`: the audit's time in UTC; nothing when neither device nor agent knows the time. The first audit of a device is
  /// where it is counted from.
  void take(const std::string& device, const Audit& audit, std::optional<UtcTime> at, Group& group);
  void forget_uncommitted();
  const TurnstileAuditsCounters& counters() const { return counts_; }

 private:
  struct Known {
    AuditRegister entries;
    AuditRegister exits;
    std::optional<UtcTime> at;
    bool entries_down = false;
    bool exits_down = false;
  };
  std::optional<Known> known(const std::string& device);
  static Memory memory_of(const std::string& device, const Known& known);
  std::uint64_t plausible(const Known& last, std::optional<UtcTime> at) const;
  void count_on(const RegisterStep& entries, const RegisterStep& exits, std::optional<UtcTime> at, Group& group);
  void push(KeptCounters::Step step, Group& group);

  DriverHost& host_;
  std::string station_id_;
  double people_per_minute_max_;
  KeptCounters counters_;
  std::map<std::string, Known> devices_;
  TurnstileAuditsCounters counts_;
};

}  // namespace wayside::edge
