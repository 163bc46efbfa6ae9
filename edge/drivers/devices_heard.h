#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "edge/drivers/weather_fields.h"
#include "edge/drivers/weather_rain.h"

namespace wayside::edge {

/// What devices that speak unasked were last heard to say: tells a transmission's repeats from news, and who is silent.
/// Devices are counted from 0 in the order of add(). Pure logic.
class DevicesHeard {
 public:
  /// A radio sends a transmission 2 to 12 times over.
  static constexpr MonoTime kRepeatWindow{2000};

  /// `name` is for people. Silence counts from `now`.
  void add(std::string name, std::chrono::seconds silent_after, MonoTime now);
  /// False: a repeat of what this device said last, less than kRepeatWindow ago; counted.
  bool is_news(std::size_t device, const WeatherFields& fields, const std::optional<RainTotal>& rain, MonoTime now);

  struct Silent {
    std::uint64_t count = 0;
    std::string names;  ///< with commas between
  };
  Silent silent(MonoTime now) const;
  std::uint64_t repeats() const { return repeats_; }

 private:
  struct Device {
    std::string name;
    std::chrono::seconds silent_after;
    MonoTime last_word;
    MonoTime last_news;
    std::string said;
  };
  std::vector<Device> devices_;
  std::uint64_t repeats_ = 0;
};

}  // namespace wayside::edge
