// Registers of 16 bits, the high byte first. An answer of the Ecowitt WN90LP (unit 0x90), function 3, from 0x0165, 10 registers:
//
//   90 03 14 | 06e7  000d  0296  003c  0000  0000  0096  0000  271a  0012 | 4f 82
//   unit     | light UVI   temp. RH    wind  gust  dir.  rain  press fine | CRC-16/Modbus, low byte first
//   function | x10lx x0.1  x0.1  %     x0.1  x0.1  deg   x0.1  x0.1  x0.01|
//   bytes    |             -40°C       m/s   m/s         mm    hPa   mm   |
//
// An exception is `90 83 02 91 1c`: function + 0x80, 2 = illegal address. Two registers of a 32-bit value: the high word first, or
// the low one (types …_swapped). Frame check and requests are libmodbus's.
#include "edge/drivers/modbus_registers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace wayside::edge {
namespace {

constexpr std::uint16_t kSpanMax = 100;  // the standard allows 125; some sensors fewer
constexpr std::uint16_t kGapMax = 4;
constexpr double kInvalidU16 = 0xFFFF;

using enum ModbusType;
constexpr auto kHolding = ModbusTable::kHolding;
constexpr auto kInput = ModbusTable::kInput;

/// Ecowitt WN90LP, from its public register list: 0xFFFF is "invalid" everywhere. Registers change every 8.75 s (wind: 2 s).
std::vector<ModbusValue> wn90lp() {
  return {{"illuminance_lx", kHolding, 0x0165, kU16, 10, 0, kInvalidU16},
          {"ultraviolet_index", kHolding, 0x0166, kU16, 0.1, 0, kInvalidU16},
          {"air_temperature_C", kHolding, 0x0167, kU16, 0.1, -40, kInvalidU16},
          {"relative_humidity_pct", kHolding, 0x0168, kU16, 1, 0, kInvalidU16},
          {"wind_speed_m_s", kHolding, 0x0169, kU16, 0.1, 0, kInvalidU16},
          {"wind_speed_of_gust_m_s", kHolding, 0x016A, kU16, 0.1, 0, kInvalidU16},
          {"wind_from_direction_deg", kHolding, 0x016B, kU16, 1, 0, kInvalidU16},
          {"precipitation_total_mm", kHolding, 0x016C, kU16, 0.1, 0, kInvalidU16},
          {"surface_air_pressure_hPa", kHolding, 0x016D, kU16, 0.1, 0, kInvalidU16}};
}

/// Seeed SenseCAP ONE S200 to S1000, user guide V1.0, 4.1.2: input registers, int32, a thousand times the value; pressure in Pa.
std::vector<ModbusValue> sensecap_one() {
  return {{"air_temperature_C", kInput, 0x0000, kI32, 0.001, 0, {}},
          {"relative_humidity_pct", kInput, 0x0002, kI32, 0.001, 0, {}},
          {"surface_air_pressure_hPa", kInput, 0x0004, kI32, 0.00001, 0, {}},
          {"illuminance_lx", kInput, 0x0006, kI32, 0.001, 0, {}},
          {"wind_from_direction_deg", kInput, 0x000C, kI32, 0.001, 0, {}},
          {"wind_speed_of_gust_m_s", kInput, 0x0010, kI32, 0.001, 0, {}},
          {"wind_speed_m_s", kInput, 0x0012, kI32, 0.001, 0, {}}};
}

/// Seeed SenseCAP ORCH S4, user guide 4.3: hundredths; pressure in Pa; light in thousandths of a lux.
std::vector<ModbusValue> sensecap_orch_s4() {
  return {{"air_temperature_C", kInput, 0x0000, kI16, 0.01, 0, {}},
          {"relative_humidity_pct", kInput, 0x0001, kU16, 0.01, 0, {}},
          {"surface_air_pressure_hPa", kInput, 0x0002, kU32, 0.01, 0, {}},
          {"illuminance_lx", kInput, 0x0004, kU32, 0.001, 0, {}}};
}

struct TypeName {
  const char* name;
  ModbusType type;
};
constexpr std::array kTypes{TypeName{"u16", kU16},
                            TypeName{"i16", kI16},
                            TypeName{"u32", kU32},
                            TypeName{"i32", kI32},
                            TypeName{"f32", kF32},
                            TypeName{"u32_swapped", kU32Swapped},
                            TypeName{"i32_swapped", kI32Swapped},
                            TypeName{"f32_swapped", kF32Swapped}};

double raw_number(ModbusType type, std::uint16_t first, std::uint16_t second) {
  const bool swapped = type == kU32Swapped || type == kI32Swapped || type == kF32Swapped;
  const std::uint32_t both = static_cast<std::uint32_t>(swapped ? second : first) << 16U | (swapped ? first : second);
  switch (type) {
    case kU16: return first;
    case kI16: return static_cast<std::int16_t>(first);
    case kU32:
    case kU32Swapped: return both;
    case kI32:
    case kI32Swapped: return static_cast<std::int32_t>(both);
    case kF32:
    case kF32Swapped: return std::bit_cast<float>(both);
  }
  return 0;
}

}  // namespace

std::optional<ModbusType> parse_modbus_type(std::string_view text) {
  for (const TypeName& type : kTypes) {
    if (type.name == text) return type.type;
  }
  return std::nullopt;
}

const std::vector<std::string>& modbus_type_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const TypeName& type : kTypes) names.emplace_back(type.name);
    return names;
  }();
  return kNames;
}

std::uint16_t register_count(ModbusType type) { return type == kU16 || type == kI16 ? 1 : 2; }

std::vector<ModbusSpan> plan_requests(std::span<const ModbusValue> values) {
  std::vector<const ModbusValue*> sorted;
  for (const ModbusValue& value : values) sorted.push_back(&value);
  std::sort(sorted.begin(), sorted.end(), [](const ModbusValue* a, const ModbusValue* b) {
    return std::pair(a->table, a->address) < std::pair(b->table, b->address);
  });
  std::vector<ModbusSpan> spans;
  for (const ModbusValue* value : sorted) {
    const std::uint32_t end = std::uint32_t{value->address} + register_count(value->type);
    if (!spans.empty()) {
      ModbusSpan& last = spans.back();
      const std::uint32_t last_end = std::uint32_t{last.address} + last.count;
      if (last.table == value->table && value->address <= last_end + kGapMax && end - last.address <= kSpanMax) {
        last.count = static_cast<std::uint16_t>(std::max(last_end, end) - last.address);
        continue;
      }
    }
    spans.push_back({value->table, value->address, register_count(value->type)});
  }
  return spans;
}

ModbusWeather decode_registers(std::span<const ModbusValue> values, const ModbusRegisters& registers) {
  ModbusWeather weather;
  for (const ModbusValue& value : values) {
    const auto first = registers.find({value.table, value.address});
    if (first == registers.end()) continue;
    std::uint16_t second = 0;
    if (register_count(value.type) == 2) {
      const auto found = registers.find({value.table, static_cast<std::uint16_t>(value.address + 1)});
      if (found == registers.end()) continue;
      second = found->second;
    }
    const double raw = raw_number(value.type, first->second, second);
    if (value.invalid && raw == *value.invalid) continue;
    const double number = raw * value.scale + value.offset;
    if (value.field != "precipitation_total_mm") {
      weather.fields.set_number(value.field, number);
    } else if (std::isfinite(number)) {
      weather.rain = RainTotal{"register", number};
    }
  }
  return weather;
}

std::optional<std::vector<ModbusValue>> shipped_modbus_map(std::string_view name) {
  if (name == "wn90lp") return wn90lp();
  if (name == "sensecap_one") return sensecap_one();
  if (name == "sensecap_orch_s4") return sensecap_orch_s4();
  return std::nullopt;
}

const std::vector<std::string>& shipped_modbus_maps() {
  static const std::vector<std::string> kNames{"none", "wn90lp", "sensecap_one", "sensecap_orch_s4"};
  return kNames;
}

}  // namespace wayside::edge
