#pragma once

#include <memory>
#include <string>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/back_off.h"
#include "edge/drivers/console_port.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

struct DavisSettings final : SettingsGroup {
  std::string port;
  std::int64_t baud = 19'200;
  std::string rain_bucket = "0.2mm";
  std::int64_t answer_ms = 1200;
  WeatherStationSettings station{.station_id = {}, .name = {}, .lat = 0, .lon = 0, .report_interval_s = 10};

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  double mm_per_click() const;
};

/// Asks a Davis Vantage console for one LOOP packet each report interval, in a thread of its own: wake-up, command, answer. A
/// console that does not answer is a fault and is asked again with back-off. On the host's loop.
class DavisDriver final : public Driver {
 public:
  DavisDriver(const DavisSettings& settings, DriverHost& host, std::unique_ptr<ConsolePort> port, BackOff back_off = BackOff());
  ~DavisDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

DriverEntry davis_driver();

}  // namespace wayside::edge
