#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "edge/drivers/weather_fields.h"

namespace wayside::edge {

enum class IioReason : std::uint8_t {
  kNotANumber,   ///< a file that holds no number
  kImplausible,  ///< in none of the units that drivers use within what air can have
};
std::string_view to_text(IioReason reason);

/// A measured channel of a device, as its files say.
struct IioChannel {
  std::string name;                  ///< in_temp, in_humidityrelative, in_pressure, in_illuminance
  std::optional<std::string> input;  ///< of <name>_input: the value itself
  std::string raw;                   ///< of <name>_raw, where there is no input
  std::string scale = "1";
  std::string offset = "0";
};

struct IioValue {
  std::string_view field;  ///< of the contract's stream weather
  double value = 0;        ///< in the contract's unit
};

/// Channels that are read, in the order of their names.
const std::map<std::string, std::string_view, std::less<>>& iio_fields();

/// `driver`: the device's name, which decides the unit.
std::variant<IioValue, IioReason> decode_iio(std::string_view driver, const IioChannel& channel);

}  // namespace wayside::edge
