#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/nmea_sentence.h"
#include "edge/drivers/nmea_weather.h"
#include "edge/drivers/serial_port.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

struct SerialLinesSettings final : SettingsGroup {
  std::string port;
  std::int64_t baud = 4800;
  WeatherStationSettings station{.station_id = {}, .name = {}, .lat = 0, .lon = 0, .report_interval_s = 10};
  bool checksum_required = true;
  bool fixed_mast = true;
  double north_offset_deg = 0;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct SerialLinesCounters {
  std::uint64_t used = 0;       ///< sentences with values
  std::uint64_t ignored = 0;    ///< good sentences of kinds we do not use, or without values
  std::uint64_t cut_lines = 0;  ///< first line after opening, begun before we listened
  std::array<std::uint64_t, kLineReasonCount> refused{};
  std::uint64_t readings = 0;
  std::uint64_t not_stored = 0;
  std::uint64_t opened = 0;
};

/// Reads NMEA 0183 weather sentences from a serial port and hands over one reading per report interval. A port that is
/// missing or vanishes is a fault that the driver reports and heals by itself (1 s doubling to 60 s, with jitter). Lives
/// on the host's loop.
class SerialLinesDriver final : public Driver {
 public:
  SerialLinesDriver(const SerialLinesSettings& settings, DriverHost& host, std::unique_ptr<SerialPort> port);
  ~SerialLinesDriver() override;

  Status start() override;
  void stop() override;
  SerialLinesCounters counters() const;
  std::map<std::string, std::uint64_t> counts() const override;
  /// Hands over what the window holds now, as at the end of the report interval.
  void flush();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry serial_lines_driver();

}  // namespace wayside::edge
