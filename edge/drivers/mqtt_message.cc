// Messages of other makers' devices; which field stands where is in the settings, as JSON pointers.
//
//   tele/roof/SENSOR (Tasmota)    {"Time":"2026-11-20T08:11:33","AHT1X-0x38":{"Temperature":24.7,"Humidity":61.9},"TempUnit":"C"}
//                                 /AHT1X-0x38/Temperature; a sensor that failed is null or missing; Time is local, without zone
//   zigbee2mqtt/roof              {"temperature":21.5,"humidity":60.2,"pressure":1003,"battery":100,"linkquality":72}
//   rtl_433/host/events           {"time":"…","model":"Bresser-5in1","id":118,"temperature_C":8.0, …}: all sensors on one topic
//   rtl_433/host/devices/…/temperature_C     8.0: one number, pointer ""
#include "edge/drivers/mqtt_message.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "edge/drivers/json_line.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

/// The text of a scalar, as a match compares it.
std::string scalar_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_primitive() ? value.dump() : "";
}

const json* find(const json& message, const std::string& pointer) {
  try {
    const json::json_pointer path(pointer);
    return message.contains(path) ? &message.at(path) : nullptr;
  } catch (const json::exception&) {  // a word that no array can have, such as an empty one
    return nullptr;
  }
}

void put(const MqttInValue& value, double number, MqttInWeather& weather) {
  const double result = number * value.scale + value.offset;
  if (value.field != "precipitation_total_mm") {
    weather.fields.set_number(value.field, result);
  } else if (std::isfinite(result)) {
    weather.rain = RainTotal{"mqtt", result};
  }
}

}  // namespace

std::string_view to_text(MqttInReason reason) {
  switch (reason) {
    case MqttInReason::kTooLarge: return "too_large";
    case MqttInReason::kBadJson: return "bad_json";
    case MqttInReason::kNoValues: return "no_values";
  }
  return "";
}

bool valid_pointer(const std::string& pointer) {
  if (!pointer.empty() && pointer[0] != '/') return false;
  for (std::size_t tilde = pointer.find('~'); tilde != std::string::npos; tilde = pointer.find('~', tilde + 1)) {
    if (tilde + 1 == pointer.size() || (pointer[tilde + 1] != '0' && pointer[tilde + 1] != '1')) return false;
  }
  return true;
}

std::optional<MqttInMatch> parse_match(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || !valid_pointer(text.substr(0, equals))) return std::nullopt;
  return MqttInMatch{text.substr(0, equals), text.substr(equals + 1)};
}

std::variant<MqttInWeather, std::monostate, MqttInReason> decode_mqtt_message(std::string_view payload,
                                                                              const std::vector<MqttInValue>& values,
                                                                              const std::vector<MqttInMatch>& matches) {
  MqttInWeather weather;
  const auto alone = parse_number(payload);
  const auto message = alone ? std::nullopt : parse_json_object(payload);
  if (!alone && !message) return MqttInReason::kBadJson;
  for (const MqttInMatch& match : matches) {
    const json* found = message ? find(*message, match.pointer) : nullptr;
    if (found == nullptr || scalar_text(*found) != match.text) return std::monostate();
  }
  for (const MqttInValue& value : values) {
    if (value.pointer.empty()) {
      if (alone) put(value, *alone, weather);
      continue;
    }
    const json* found = message ? find(*message, value.pointer) : nullptr;
    if (found == nullptr || found->is_null()) continue;
    if (found->is_number()) {
      put(value, found->get<double>(), weather);
    } else if (found->is_string()) {
      if (const auto number = parse_number(found->get<std::string>())) put(value, *number, weather);
    }
  }
  if (!weather.fields.has_measurement() && weather.fields.dropped().empty() && !weather.rain) return MqttInReason::kNoValues;
  return weather;
}

}  // namespace wayside::edge
