#include "common/base/service.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>

namespace wayside {
namespace {

using Clock = std::chrono::steady_clock;

/// A third of what systemd allows between two signs of life; zero when it wants none.
Clock::duration watchdog_pause() {
  std::uint64_t allowed_us = 0;
  if (sd_watchdog_enabled(0, &allowed_us) <= 0) return {};
  return std::chrono::microseconds(allowed_us / 3);
}

}  // namespace

void service_ready() { sd_notify(0, "READY=1"); }

void service_alive() {
  static const Clock::duration pause = watchdog_pause();
  static Clock::time_point next{};
  if (pause == Clock::duration{}) return;
  const auto now = Clock::now();
  if (now < next) return;
  next = now + pause;
  sd_notify(0, "WATCHDOG=1");
}

void service_stopping() { sd_notify(0, "STOPPING=1"); }

}  // namespace wayside
