// id=24C86E…&sensor=02004&mt=5N1x38&windspeed=A001890000&humidity=A0280&temperature=A014722222&battery=normal&rssi=3
//                                             │└ 9 digits, 1e-6 m/s   │└ 0.1 %          │└ sign or digit, then 1e-6 °C
//                                             └ always A
//   The scales prove themselves: 014722222 is 14.722222 °C = 58.5 °F, the sensor's step of 0.1 °F; 1.66 and 1.89 m/s are
//   the 5-in-1's raw counts 6 and 7 by its formula km/h = 0.8278 n + 1.0 (rtl_433, acurite.c).
// …&mt=5N1x31&windspeed=A001660000&winddir=8&rainfall=A0000000
//   winddir: one hex digit of Gray code. rainfall: whether it is an increment or a total is known by hearsay only, and
//   a reply that got lost would count an increment twice: left out.
// id=24C86E…&mt=pressure&C1=452D&C2=0D7F&C3=010D&C4=0330&C5=8472&C6=1858&C7=09C4&A=07&B=1B&C=06&D=09&PR=91CA&TR=8270
//   The bridge's own barometer, a HopeRF HP03S: calibration words and raw readings in hex, formula of its datasheet.
//   Its temperature is that of the room: left out.
#include "edge/drivers/weather_chaney.h"

#include <array>
#include <charconv>
#include <cmath>

namespace wayside::edge {
namespace {

/// `A` and digits (perhaps a minus sign first), in units of `scale`.
void read_scaled(std::string_view field, std::string_view text, double scale, WeatherFields& fields) {
  if (text.empty()) return;
  if (text.front() == 'A') text.remove_prefix(1);
  const auto value = parse_number(text);
  if (value) {
    fields.set_number(field, *value * scale);
  } else {
    fields.read_number(field, "not a number");  // counted as such
  }
}

std::optional<int> hex_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void read_direction(std::string_view text, WeatherFields& fields) {
  // The codes in the order of the compass, from north in steps of 22.5°; neighbours differ in one bit.
  constexpr std::array kCompass{5, 7, 3, 1, 9, 11, 15, 13, 12, 14, 10, 8, 0, 2, 6, 4};
  const auto code = hex_number(text);
  for (std::size_t i = 0; code && i < kCompass.size(); ++i) {
    if (kCompass[i] == *code) fields.set_number("wind_from_direction_deg", 22.5 * static_cast<double>(i));
  }
}

struct Hp03s {
  int c1, c2, c3, c4, c5, c6, c7, a, b, c, d, pressure, temperature;

  /// The ranges in which the datasheet promises its constants.
  bool plausible() const {
    return c1 >= 0x100 && c1 <= 0xffff && c2 >= 0 && c2 <= 0x1fff && c3 >= 0 && c3 <= 0x400 && c4 >= 0 && c4 <= 0x1000 &&
           c5 >= 0x1000 && c5 <= 0xffff && c6 >= 0 && c6 <= 0x4000 && c7 >= 0x960 && c7 <= 0xa28 && a >= 1 && a <= 0x3f &&
           b >= 1 && b <= 0x3f && c >= 1 && c <= 0xf && d >= 1 && d <= 0xf && pressure >= 0 && pressure <= 0xffff &&
           temperature >= 0 && temperature <= 0xffff;
  }
  double hpa() const {
    const double difference = temperature - c5;
    const double scaled = difference / 128;
    const double dut = difference - scaled * scaled * (temperature >= c5 ? a : b) / std::exp2(c);
    const double offset = (c2 + (c4 - 1024) * dut / 16384) * 4;
    const double sensitivity = c1 + c3 * dut / 1024;
    const double x = sensitivity * (pressure - 7168) / 16384 - offset;
    return (x * 10 / 32 + c7) / 10;
  }
};

std::optional<FrameRefusal> read_pressure(const UploadForm& form, WeatherFields& fields) {
  constexpr std::array<std::string_view, 13> kNames{"C1", "C2", "C3", "C4", "C5", "C6", "C7", "A", "B", "C", "D", "PR", "TR"};
  std::array<int, 13> word{};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto value = hex_number(form.text(kNames[i]));
    if (!value) return FrameRefusal{FrameReason::kNotANumber, std::string(kNames[i]) + " is no hex number"};
    word[i] = *value;
  }
  const Hp03s sensor{word[0], word[1], word[2], word[3],  word[4],  word[5], word[6],
                     word[7], word[8], word[9], word[10], word[11], word[12]};
  if (!sensor.plausible()) {
    return FrameRefusal{FrameReason::kUnsupportedFrame, "the calibration words are not those of an HP03S barometer"};
  }
  fields.set_number("surface_air_pressure_hPa", sensor.hpa());
  return std::nullopt;
}

}  // namespace

DecodedUpload decode_chaney(const UploadForm& form) {
  WeatherUpload upload;
  const std::string bridge(form.text("id"));
  if (bridge.empty()) return FrameRefusal{FrameReason::kBadRequest, "no id"};
  if (form.has("sensor")) upload.keys.push_back(bridge + "/" + std::string(form.text("sensor")));
  upload.keys.push_back(bridge);
  const std::string_view kind = form.text("mt");
  if (kind == "pressure") {
    if (auto refusal = read_pressure(form, upload.fields)) return *refusal;
    return upload;
  }
  if (kind != "5N1x31" && kind != "5N1x38" && kind != "tower") {
    return FrameRefusal{FrameReason::kUnsupportedFrame, "mt=" + std::string(kind.substr(0, 32))};
  }
  read_scaled("air_temperature_C", form.text("temperature"), 1e-6, upload.fields);
  read_scaled("relative_humidity_pct", form.text("humidity"), 0.1, upload.fields);
  read_scaled("wind_speed_m_s", form.text("windspeed"), 1e-6, upload.fields);
  read_direction(form.text("winddir"), upload.fields);
  if (form.has("battery")) upload.fields.set_flag("battery_low", form.text("battery") != "normal");
  return upload;
}

}  // namespace wayside::edge
