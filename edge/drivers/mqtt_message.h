#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/drivers/weather_fields.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

enum class MqttInReason : std::uint8_t {
  kTooLarge,
  kBadJson,   ///< no JSON object, and no number where the settings ask for one
  kNoValues,  ///< nothing of what the settings name
};
std::string_view to_text(MqttInReason reason);

/// Where a value stands in a device's message. value = number * scale + offset.
struct MqttInValue {
  std::string field;    ///< of the contract's stream weather
  std::string pointer;  ///< JSON pointer (RFC 6901); empty: the whole message is the number
  double scale = 1;
  double offset = 0;
};

/// A text or number that must stand there, else the message is another device's.
struct MqttInMatch {
  std::string pointer;
  std::string text;
};
/// `/model=Bresser-5in1`; nothing for another text.
std::optional<MqttInMatch> parse_match(const std::string& text);
bool valid_pointer(const std::string& pointer);

struct MqttInWeather {
  WeatherFields fields;
  std::optional<RainTotal> rain;
};
/// Nothing: the message is not for these matches. Missing values and null are left out.
std::variant<MqttInWeather, std::monostate, MqttInReason> decode_mqtt_message(std::string_view payload,
                                                                              const std::vector<MqttInValue>& values,
                                                                              const std::vector<MqttInMatch>& matches);

}  // namespace wayside::edge
