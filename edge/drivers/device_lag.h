#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "common/base/time.h"

namespace wayside::edge {

/// Tells a device whose clock is wrong from one that sends what it has stored. Both send times long gone; but a wrong
/// clock stays behind by the same amount, while who sends its backlog catches up.
class DeviceLags {
 public:
  /// True when the device is more than a day behind and was so by the same amount in its last upload.
  bool clock_is_behind(const std::string& station_id, UtcTime device_time, UtcTime now) {
    const std::int64_t lag_ms = now.ms - device_time.ms;
    const auto [last, is_new] = last_ms_.try_emplace(station_id, lag_ms);
    const bool same = !is_new && std::llabs(lag_ms - last->second) <= kJitterMs;
    last->second = lag_ms;
    return same && lag_ms > kBehindMs;
  }

 private:
  static constexpr std::int64_t kBehindMs = 24 * 3600 * 1000;
  static constexpr std::int64_t kJitterMs = 10'000;

  std::map<std::string, std::int64_t> last_ms_;  // by station: as many as there are devices in the settings
};

}  // namespace wayside::edge
