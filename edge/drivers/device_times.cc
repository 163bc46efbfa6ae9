#include "edge/drivers/device_times.h"

#include <cstdlib>

#include "common/base/log.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {
namespace {

constexpr std::int64_t kBehindMs = 24 * 3600 * 1000;
constexpr std::int64_t kJitterMs = 10'000;

}  // namespace

bool DeviceLags::clock_is_behind(const std::string& station_id, UtcTime device_time, UtcTime now) {
  const std::int64_t lag_ms = now.ms - device_time.ms;
  const auto [last, is_new] = last_ms_.try_emplace(station_id, lag_ms);
  const bool same = !is_new && std::llabs(lag_ms - last->second) <= kJitterMs;
  last->second = lag_ms;
  return same && lag_ms > kBehindMs;
}

std::optional<UtcTime> DeviceTimes::judge(const std::string& station_id, std::optional<UtcTime> device_time, bool unreadable) {
  if (unreadable) {
    ++counters_.unreadable;
    host_.left_out(LeftOut::kDeviceTime);
  }
  const auto now = host_.now();
  const DeviceClock clock = judge_device_time(device_time, now);
  if (clock == DeviceClock::kNone) return std::nullopt;
  if (clock == DeviceClock::kGood) {
    if (now && lags_.clock_is_behind(station_id, *device_time, *now)) {
      ++counters_.behind;
      warn(station_id, *device_time, "behind", "set the device's clock, or use_device_time = false");
    }
    return device_time;
  }
  const bool unset = clock == DeviceClock::kUnset;
  ++(unset ? counters_.unset : counters_.ahead);
  host_.left_out(LeftOut::kDeviceTime);
  warn(station_id, *device_time, unset ? "unset" : "ahead", "set the device's clock");
  return std::nullopt;
}

void DeviceTimes::warn(const std::string& station_id, UtcTime device_time, const char* problem, const char* try_this) {
  log_limited(
      LogLevel::kWarn, "device_clock_wrong", station_id,
      {{"station_id", station_id}, {"problem", problem}, {"device_time", format_rfc3339(device_time)}, {"try", try_this}});
}

}  // namespace wayside::edge
