#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "edge/driver.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Gives a device's rain totals their `counter_id`: `<total>/<day it was first seen>`, such as `yearlyrainin/20260104`.
/// Without a known time the day is `undated`. When a total goes back (new year, new day, user's reset) a new life begins under a new id; central then never takes
/// the step back for rain. The last value is kept in the driver's memory, so that a restart changes no id. Not
/// thread-safe.
class RainCounters {
 public:
  explicit RainCounters(DriverHost& host) : host_(host) {}

  struct Step {
    std::string counter_id;
    std::optional<Memory> memory;  ///< to be committed with the reading; nothing when nothing changed
  };
  /// Nothing when `kCountersMax` counters are known already (a bridge that forwards ever new sensors).
  /// `at`: when it was observed; nothing when neither device nor agent knows the time: then the values alone decide.
  std::optional<Step> advance(std::string_view station_id, const RainTotal& total, std::optional<UtcTime> at);
  /// After a commit that failed: what was committed last counts again.
  void forget_uncommitted() { lives_.clear(); }

  static constexpr std::size_t kCountersMax = 4096;

 private:
  struct Life {
    std::string counter_id;
    double mm = 0;
    std::int64_t at_ms = 0;  ///< of the last one with a time
  };
  static std::optional<Life> parse(const std::string& text);
  static std::string new_id(const RainTotal& total, std::optional<UtcTime> at, const Life* before);

  DriverHost& host_;
  std::map<std::string, Life, std::less<>> lives_;
};

}  // namespace wayside::edge
