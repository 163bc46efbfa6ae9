#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/supervised_child.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

struct RtlSensor final : SettingsGroup {
  std::string model;
  std::string id;
  std::string channel;
  WeatherStationSettings station;
  std::int64_t silent_after_s = 300;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override { return station.validate(); }
};

struct Rtl433Settings final : SettingsGroup {
  std::vector<std::string> command{"rtl_433", "-F", "json", "-M", "time:iso:utc", "-C", "si"};
  std::vector<std::unique_ptr<RtlSensor>> sensors;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// Reads radio sensors through rtl_433, which runs as a child, or through any program that passes its JSON lines on. Only the
/// sensors in the settings are taken; the others are shown as unknown. Repeats of a transmission are left out, a sensor that has
/// fallen silent is a fault. Lives on the host's loop.
class Rtl433Driver final : public Driver {
 public:
  Rtl433Driver(const Rtl433Settings& settings, DriverHost& host, BackOff back_off = BackOff());
  ~Rtl433Driver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;
  /// One line, as the child would print it.
  void take(std::string_view line);
  /// Looks for silent sensors; the driver does so by itself every few seconds.
  void check_silence();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry rtl_433_driver();

}  // namespace wayside::edge
