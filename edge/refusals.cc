#include "edge/refusals.h"

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
    ++devices_left_out_;
    return;
  }
  Device& known = devices_[key];
  known.device = std::move(device);
  known.source = source;
  known.last_seen = at;
  ++known.seen;
}

}  // namespace wayside::edge
