#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "common/base/time.h"
#include "edge/driver.h"

namespace wayside::edge {

/// What sources could not take: the last 100 frames, all counts by reason, and the devices nobody has set up.
/// In memory only; shown by `wayside-agent status`.
class Refusals {
 public:
  static constexpr std::size_t kFramesMax = 100;
  static constexpr std::size_t kFrameBytesMax = 2048;  ///< longer frames are cut
  static constexpr std::size_t kDevicesMax = 100;      ///< of unknown devices, those seen last; others are only counted

  struct Kept {
    UtcTime at;
    std::string source;
    RefusedFrame frame;
  };
  struct Device {
    UnknownDevice device;
    std::string source;
    std::uint64_t seen = 0;
    UtcTime last_seen;
  };

  void add(const std::string& source, RefusedFrame frame, UtcTime at);
  void add_device(const std::string& source, UnknownDevice device, UtcTime at);

  const std::deque<Kept>& frames() const { return frames_; }
  const std::map<std::string, std::uint64_t>& by_reason() const { return by_reason_; }
  const std::map<std::string, Device>& devices() const { return devices_; }
  std::uint64_t devices_left_out() const { return devices_left_out_; }

 private:
  std::deque<Kept> frames_;
  std::map<std::string, std::uint64_t> by_reason_;
  std::map<std::string, Device> devices_;
  std::uint64_t devices_left_out_ = 0;
};

}  // namespace wayside::edge
