// POST /any/path   X-Sensor: esp8266-12331981   Authorization: Basic …
// {"esp8266id":"12331981","software_version":"NRZ-2020-129","sensordatavalues":[
//   {"value_type":"SDS_P1","value":"0.40"},{"value_type":"SDS_P2","value":"0.20"},
//   {"value_type":"BME280_temperature","value":"20.47"},{"value_type":"BME280_pressure","value":"100613.25"}, …]}
//   All values are texts: µg/m³, °C, %, and Pa (one public README says hPa: wrong). P1 is PM10, P2 is PM2.5; the pressure
//   is the station's. No time: the agent's clock counts. Sent to api.sensor.community, one sensor a request, the names
//   carry no prefix; the header X-Pin tells the sensor, which we need not know.
#include "edge/drivers/weather_sensor_community.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/contract/message.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

struct Quantity {
  std::string_view suffix;  ///< of value_type, behind the sensor's prefix
  std::string_view field;
  WeatherFields::Conversion convert;
};
constexpr Quantity kQuantities[] = {
    {"temperature", "air_temperature_C", nullptr},
    {"humidity", "relative_humidity_pct", nullptr},
    {"pressure", "surface_air_pressure_hPa", hpa_from_pascal},
    {"P1", "pm10_ug_m3", nullptr},
    {"P2", "pm2p5_ug_m3", nullptr},
};
/// Sensors whose value_type is `<prefix>_<quantity>`; without underscore: none, the quantity stands alone.
constexpr std::string_view kPrefixes[] = {"SDS", "PMS", "HPM",    "NPM", "IPS",   "SPS30",   "BME280", "BMP280",
                                          "BMP", "DHT", "HTU21D", "SHT", "SHT3X", "DS18B20", "SCD30"};

const Quantity* find_quantity(std::string_view value_type) {
  const std::size_t underscore = value_type.rfind('_');
  if (underscore != std::string_view::npos) {
    const std::string_view prefix = value_type.substr(0, underscore);
    if (std::find(std::begin(kPrefixes), std::end(kPrefixes), prefix) == std::end(kPrefixes)) return nullptr;
    value_type.remove_prefix(underscore + 1);
  }
  const auto found =
      std::find_if(std::begin(kQuantities), std::end(kQuantities), [&](const Quantity& q) { return q.suffix == value_type; });
  return found == std::end(kQuantities) ? nullptr : found;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number() ? found->dump() : std::string();
}

std::string basic_password(std::string_view authorization) {
  constexpr std::string_view kBasic = "Basic ";
  if (!authorization.starts_with(kBasic)) return {};
  const auto pair = decode_base64(authorization.substr(kBasic.size()));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  return colon == std::string::npos ? std::string() : pair->substr(colon + 1);
}

}  // namespace

DecodedUpload decode_sensor_community(std::string_view body, std::string_view x_sensor, std::string_view authorization) {
  const json object = json::parse(body, nullptr, false);
  const auto values = object.is_object() ? object.find("sensordatavalues") : object.end();
  if (!object.is_object() || values == object.end() || !values->is_array()) {
    return FrameRefusal{FrameReason::kBadRequest, "no JSON object with sensordatavalues"};
  }
  WeatherUpload upload;
  if (!x_sensor.empty()) upload.keys.emplace_back(x_sensor);
  if (const std::string id = text_of(object, "esp8266id"); !id.empty()) upload.keys.push_back("esp8266-" + id);
  if (upload.keys.empty()) return FrameRefusal{FrameReason::kBadRequest, "neither X-Sensor nor esp8266id"};
  upload.password = basic_password(authorization);
  for (const json& item : *values) {
    if (!item.is_object()) continue;
    const Quantity* quantity = find_quantity(text_of(item, "value_type"));
    if (quantity != nullptr) upload.fields.read_number(quantity->field, text_of(item, "value"), quantity->convert);
  }
  return upload;
}

}  // namespace wayside::edge
