#pragma once

#include <chrono>
#include <cstdint>

#include "common/base/time.h"

namespace wayside {

/// Time since boot; never jumps, not comparable between boots.
using MonoTime = std::chrono::milliseconds;

/// Seam: where the programs take time from. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime wall() const = 0;
  virtual MonoTime monotonic() const = 0;
};

/// The kernel's clocks (CLOCK_REALTIME and CLOCK_BOOTTIME).
class SystemClock final : public Clock {
 public:
  UtcTime wall() const override;
  MonoTime monotonic() const override;
};

}  // namespace wayside
