#include "edge/drivers/devices_heard.h"

#include <utility>

namespace wayside::edge {

void DevicesHeard::add(std::string name, std::chrono::seconds silent_after, MonoTime now) {
  devices_.push_back({std::move(name), silent_after, now, {}, {}});
}

bool DevicesHeard::is_news(std::size_t device, const WeatherFields& fields, const std::optional<RainTotal>& rain,
                           MonoTime now) {
  Device& heard = devices_.at(device);
  heard.last_word = now;
  std::string says = fields.json() + (rain ? std::to_string(rain->mm) : "");
  if (heard.said == says && now - heard.last_news < kRepeatWindow) {
    ++repeats_;
    return false;
  }
  heard.said = std::move(says);
  heard.last_news = now;
  return true;
}

DevicesHeard::Silent DevicesHeard::silent(MonoTime now) const {
  Silent silent;
  for (const Device& device : devices_) {
    if (now - device.last_word <= device.silent_after) continue;
    ++silent.count;
    silent.names += (silent.names.empty() ? "" : ", ") + device.name;
  }
  return silent;
}

}  // namespace wayside::edge
