#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "edge/drivers/weather_fields.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

enum class ModbusTable : std::uint8_t { kHolding, kInput };  ///< functions 3 and 4
enum class ModbusType : std::uint8_t { kU16, kI16, kU32, kI32, kF32, kU32Swapped, kI32Swapped, kF32Swapped };
std::optional<ModbusType> parse_modbus_type(std::string_view text);
const std::vector<std::string>& modbus_type_names();
std::uint16_t register_count(ModbusType type);

/// One value of a device: where it lies and what it means. value = raw * scale + offset.
struct ModbusValue {
  std::string field;  ///< of the contract's stream weather
  ModbusTable table = ModbusTable::kHolding;
  std::uint16_t address = 0;
  ModbusType type = ModbusType::kU16;
  double scale = 1;
  double offset = 0;
  std::optional<double> invalid;  ///< the raw number that says "no value"
};

/// Consecutive registers that one request reads.
struct ModbusSpan {
  ModbusTable table = ModbusTable::kHolding;
  std::uint16_t address = 0;
  std::uint16_t count = 0;
  friend bool operator==(const ModbusSpan&, const ModbusSpan&) = default;
};
/// The fewest requests that cover the values: at most 100 registers each, gaps up to 4 are read over.
std::vector<ModbusSpan> plan_requests(std::span<const ModbusValue> values);

/// What was read, by table and address.
using ModbusRegisters = std::map<std::pair<ModbusTable, std::uint16_t>, std::uint16_t>;

struct ModbusWeather {
  WeatherFields fields;
  std::optional<RainTotal> rain;
};
/// Values whose registers are missing or say "invalid" are left out.
ModbusWeather decode_registers(std::span<const ModbusValue> values, const ModbusRegisters& registers);

/// The maps that are shipped, by name; nothing for an unknown one.
std::optional<std::vector<ModbusValue>> shipped_modbus_map(std::string_view name);
const std::vector<std::string>& shipped_modbus_maps();

}  // namespace wayside::edge
