// Files of an IIO device [Linux Documentation/ABI/testing/sysfs-bus-iio]: <channel>_input, or (<channel>_raw + <channel>_offset) *
// <channel>_scale, one number as text and a newline.
//
//   name                        bme280
//   in_temp_input               21450              ABI: thousandths of °C
//   in_humidityrelative_input   46333              ABI: thousandths of %; bmp280-core before 5.17: per cent, 46.333007812
//   in_pressure_input           100.309824         ABI: kPa
//
// bme680 writes per cent (41.074000000) and hPa (1014.350000000). So the unit goes by the driver's name; a value that air cannot
// have in that unit is tried in the other one that drivers use.
#include "edge/drivers/iio_channels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

namespace wayside::edge {
namespace {

/// What a number is multiplied by for the contract's unit; the first that gives something plausible.
struct Plausible {
  double min;
  double max;
};

std::optional<double> first_plausible(double number, std::initializer_list<double> factors, Plausible range) {
  for (const double factor : factors) {
    const double value = number * factor;
    if (value >= range.min && value <= range.max) return value;
  }
  return std::nullopt;
}

constexpr double kThousandth = 0.001;
constexpr double kHpaPerKpa = 10;
// Under 1 % there is no air outdoors: so a BME280 of an old kernel, which says 46.3, is told from one that says 46333.
constexpr Plausible kHumidity{1, 105};
constexpr Plausible kPressure{300, 1100};
constexpr Plausible kTemperature{-90, 70};
constexpr Plausible kLight{0, 300'000};

}  // namespace

std::string_view to_text(IioReason reason) { return reason == IioReason::kNotANumber ? "not_a_number" : "implausible"; }

const std::map<std::string, std::string_view, std::less<>>& iio_fields() {
  static const std::map<std::string, std::string_view, std::less<>> kFields{
      {"in_humidityrelative", "relative_humidity_pct"},
      {"in_illuminance", "illuminance_lx"},
      {"in_pressure", "surface_air_pressure_hPa"},
      {"in_temp", "air_temperature_C"},
  };
  return kFields;
}

std::variant<IioValue, IioReason> decode_iio(std::string_view driver, const IioChannel& channel) {
  const auto trimmed = [](std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.remove_suffix(1);
    return text;
  };
  std::optional<double> number;
  if (channel.input) {
    number = parse_number(trimmed(*channel.input));
  } else {
    const auto raw = parse_number(trimmed(channel.raw));
    const auto scale = parse_number(trimmed(channel.scale));
    const auto offset = parse_number(trimmed(channel.offset));
    if (raw && scale && offset) number = (*raw + *offset) * *scale;
  }
  if (!number) return IioReason::kNotANumber;
  const bool bme680 = driver == "bme680";
  std::optional<double> value;
  if (channel.name == "in_temp") value = first_plausible(*number, {kThousandth}, kTemperature);
  if (channel.name == "in_illuminance") value = first_plausible(*number, {1}, kLight);
  if (channel.name == "in_pressure") {
    value =
        bme680 ? first_plausible(*number, {1, kHpaPerKpa}, kPressure) : first_plausible(*number, {kHpaPerKpa, 1}, kPressure);
  }
  if (channel.name == "in_humidityrelative") {
    value =
        bme680 ? first_plausible(*number, {1, kThousandth}, kHumidity) : first_plausible(*number, {kThousandth, 1}, kHumidity);
  }
  if (!value) return IioReason::kImplausible;
  return IioValue{iio_fields().at(channel.name), *value};
}

}  // namespace wayside::edge
