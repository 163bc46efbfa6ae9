#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "edge/driver.h"

namespace wayside::edge {

/// Makes cumulative counters of things that are only counted one by one (pulses, persons) or differences. A station's
/// totals share one `counter_id`; both are kept in the driver's memory, so that a restart changes neither. Each step must
/// be committed before the next one of the same station is made: a driver that commits in groups lets one group wait for
/// the other. Not thread-safe.
///
/// A new life begins with a reading of zeros, so that differences within one counter_id are all that was counted: is_new().
///
/// To use it: `const auto step = counters.add(station, {{"pulses_total", 3}}, host.now());`, then
/// `host.accept({{station, Stream::kTurnstile, step.observed_at, step.values}}, {step.memory}, …)`, and
/// forget_uncommitted() when that failed.
class KeptCounters {
 public:
  /// What is added, by the contract's field: `entries_total`, `exits_total`, `pulses_total`.
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;
  struct Step {
    std::string values;  ///< JSON object: all totals of the station, and the counter_id
    /// `at`, or 1 ms after the step before when `at` does not lie after it: by time alone totals never go back.
    std::optional<UtcTime> observed_at;
    Memory memory;  ///< to be committed with the values
  };

  explicit KeptCounters(DriverHost& host) : host_(host) {}

  /// Nothing has been counted for the station yet, or nobody remembers.
  bool is_new(const std::string& station_id) { return life_of(station_id).totals.empty(); }
  Step add(const std::string& station_id, const Counts& more, std::optional<UtcTime> at);
  /// A new life under a new counter_id: all totals begin at 0 again.
  Step restart(const std::string& station_id, std::optional<UtcTime> at);
  /// After a commit that failed: what was committed last counts again.
  void forget_uncommitted() { lives_.clear(); }

 private:
  struct Life {
    std::string counter_id;
    std::optional<UtcTime> at;
    Counts totals;
  };
  Life& life_of(const std::string& station_id);
  static std::string memory_key(const std::string& station_id);
  static std::optional<Life> parse(const std::string& text);
  static Step step_of(const std::string& station_id, const Life& life, std::optional<UtcTime> at);

  DriverHost& host_;
  std::map<std::string, Life, std::less<>> lives_;
};

}  // namespace wayside::edge
