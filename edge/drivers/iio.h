#pragma once

#include <memory>
#include <string>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/back_off.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

struct IioSettings final : SettingsGroup {
  std::string device;
  std::string path;
  std::string sysfs = "/sys/bus/iio/devices";
  std::int64_t retries = 2;
  std::int64_t retry_ms = 2100;
  WeatherStationSettings station{.station_id = {}, .name = {}, .lat = 0, .lon = 0, .report_interval_s = 30};

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override { return station.validate(); }
};

/// Reads a sensor of the kernel's IIO subsystem (BME280, BMP180, DHT22, SHT3x …) each report interval, in a thread of its own:
/// a read may take its time. The device is found by its name, because its number changes. On the host's loop.
class IioDriver final : public Driver {
 public:
  IioDriver(const IioSettings& settings, DriverHost& host, BackOff back_off = BackOff());
  ~IioDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

DriverEntry iio_driver();

}  // namespace wayside::edge
