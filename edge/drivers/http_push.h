#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "edge/driver.h"
#include "edge/drivers/device_times.h"
#include "edge/drivers/http_push_settings.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

struct HttpPushCounters {
  std::uint64_t accepted = 0;                              ///< readings committed
  std::uint64_t not_stored = 0;                            ///< readings whose commit failed; the device was told to send again
  std::array<std::uint64_t, kFrameReasonCount> refused{};  ///< by FrameReason
  DeviceTimes::Counters device_time{};
  std::uint64_t too_many = 0;  ///< requests over a rate limit, answered 429
  /// Values left out of readings that went on without them, by `field/fault`.
  std::map<std::string, std::uint64_t, std::less<>> dropped_values;
};

/// Listens for hardware that can only do HTTP: weather posts, a gateway of rail sensors. An upload is answered with success only after its commit. Lives on
/// the host's loop.
class HttpPushDriver final : public Driver {
 public:
  HttpPushDriver(const HttpPushSettings& settings, DriverHost& host);
  ~HttpPushDriver() override;

  Status start() override;
  void stop() override;

  std::uint16_t port() const;
  HttpPushCounters counters() const;
  std::map<std::string, std::uint64_t> counts() const override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry http_push_driver();

}  // namespace wayside::edge
