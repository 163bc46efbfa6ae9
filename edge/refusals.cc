#include "edge/refusals.h"

#include <algorithm>

namespace wayside::edge {

void Refusals::add(const std::string& source, RefusedFrame frame, UtcTime at) {
  ++by_reason_[frame.reason];
  if (frame.frame.size() > kFrameBytesMax) frame.frame.resize(kFrameBytesMax);
  if (frames_.size() == kFramesMax) frames_.pop_front();
  frames_.push_back({at, source, std::move(frame)});
}

void Refusals::add_device(const std::string& source, UnknownDevice device, UtcTime at) {
  const std::string key = source + '/' + device.key_masked;
  if (!devices_.contains(key) && devices_.size() >= kDevicesMax) {
    // The one that has been silent the longest goes: names that somebody made up once must not hold the places for good.
    devices_.erase(std::min_element(devices_.begin(), devices_.end(),
                                    [](const auto& a, const auto& b) { return a.second.last_seen < b.second.last_seen; }));
    ++devices_left_out_;
  }
  Device& known = devices_[key];
  known.device = std::move(device);
  known.source = source;
  known.last_seen = at;
  ++known.seen;
}

}  // namespace wayside::edge
