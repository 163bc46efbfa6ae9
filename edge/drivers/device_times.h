#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/time.h"
#include "edge/driver.h"

namespace wayside::edge {

/// Tells a device whose clock is wrong from one that sends what it has stored. Both send times long gone; but a wrong
/// clock stays behind by the same amount, while who sends its backlog catches up.
class DeviceLags {
 public:
  /// True when the device is more than a day behind and was so by the same amount in its last upload.
  bool clock_is_behind(const std::string& station_id, UtcTime device_time, UtcTime now);

 private:
  std::map<std::string, std::int64_t> last_ms_;  // by station: as many as there are in the settings
};

/// Decides which time a device's reading has: its own, or (nothing) the agent's when the device has none or its clock cannot
/// be believed. Counts and logs what is wrong. Not thread-safe.
class DeviceTimes {
 public:
  struct Counters {
    std::uint64_t unset = 0;
    std::uint64_t ahead = 0;
    std::uint64_t behind = 0;  ///< over a day, by the same amount as before; its time was taken all the same
    std::uint64_t unreadable = 0;
  };

  explicit DeviceTimes(DriverHost& host) : host_(host) {}
  std::optional<UtcTime> judge(const std::string& station_id, std::optional<UtcTime> device_time, bool unreadable);
  const Counters& counters() const { return counters_; }

 private:
  void warn(const std::string& station_id, UtcTime device_time, const char* problem, const char* try_this);

  DriverHost& host_;
  DeviceLags lags_;
  Counters counters_;
};

}  // namespace wayside::edge
