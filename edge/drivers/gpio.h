#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/back_off.h"
#include "edge/drivers/gpio_port.h"
#include "edge/drivers/station_settings.h"

namespace wayside::edge {

struct GpioLineSettings final : SettingsGroup {
  std::int64_t offset = 0;
  std::string station_id;
  std::string role = "dock";
  bool active_low = false;
  std::string bias = "as-is";
  std::int64_t debounce_us = 5000;
  double mm_per_pulse = 0.2;
  std::string route_id;
  std::string direction_id;

  void describe(SettingsVisitor& visitor) override;
  GpioLineRequest request() const;
  Stream stream() const;
};

struct GpioSettings final : SettingsGroup {
  std::string chip = "/dev/gpiochip0";
  std::int64_t gather_ms = 1000;
  std::vector<std::unique_ptr<GpioLineSettings>> lines;
  std::vector<std::unique_ptr<StationSettings>> stations;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  std::vector<GpioLineRequest> requests() const;
};

/// Watches lines of a GPIO chip: docks (level: occupied), turnstile pulses, arrival relays, tipping buckets. Totals are kept in
/// the driver's memory. Pulses that the kernel's buffer could not hold are counted and said. Lives on the host's loop.
class GpioDriver final : public Driver {
 public:
  GpioDriver(const GpioSettings& settings, DriverHost& host, std::unique_ptr<GpioPort> port, BackOff back_off = BackOff());
  ~GpioDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;
  /// Hands over what has changed now, as after gather_ms.
  void flush();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry gpio_driver();

}  // namespace wayside::edge
