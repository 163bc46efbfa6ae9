#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/back_off.h"
#include "edge/drivers/modbus_bus.h"
#include "edge/drivers/modbus_registers.h"
#include "edge/drivers/weather_station_settings.h"

namespace wayside::edge {

struct ModbusValueSettings final : SettingsGroup {
  std::string field;
  std::int64_t function = 3;
  std::int64_t address = 0;
  std::string type = "u16";
  double scale = 1;
  double offset = 0;
  std::string invalid;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  ModbusValue value() const;
};

struct ModbusDevice final : SettingsGroup {
  std::int64_t unit = 1;
  std::string map = "none";
  std::vector<std::unique_ptr<ModbusValueSettings>> values;
  WeatherStationSettings station{.station_id = {}, .name = {}, .lat = 0, .lon = 0, .report_interval_s = 30};

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  /// The map's values, those of the settings in the place of the map's for the same field.
  std::vector<ModbusValue> all_values() const;
};

struct ModbusSettings final : SettingsGroup {
  std::string port;
  std::int64_t baud = 9600;
  std::string parity = "none";
  std::int64_t timeout_ms = 1000;
  std::vector<std::unique_ptr<ModbusDevice>> devices;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
  ModbusBusOptions bus() const;
};

/// Polls the weather sensors of a Modbus line (RTU or TCP) each report interval. The line is worked in a thread of its own.
/// A device that does not answer is a fault of that device, asked again with back-off, while the others go on. On the host's loop.
class ModbusDriver final : public Driver {
 public:
  ModbusDriver(const ModbusSettings& settings, DriverHost& host, std::unique_ptr<ModbusBus> bus, BackOff back_off = BackOff());
  ~ModbusDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry modbus_driver();

}  // namespace wayside::edge
