// Sensor.Community airRohr posting to a "custom API": all values in one JSON body, numbers as text, pressure in Pa, no
// time. X-Sensor says who.
//
//   POST /data.php HTTP/1.1 | Host: … | User-Agent: NRZ-2020-129/12331981 | Connection: close | Authorization: Basic … |
//   Content-Type: application/json | X-Sensor: esp8266-12331981 | Content-Length: 481
//   {"esp8266id": "12331981", "software_version": "NRZ-2020-129", "sensordatavalues":[{"value_type":"SDS_P1","value":"0.40"},…
//
// An Authorization header without credentials is real.

#include "firmware-sim/dialects/airrohr.h"

#include "firmware-sim/dialects/dialect.h"

namespace wayside::sim {

std::string airrohr_body(std::string_view esp8266_id, const WireFields& fields) {
  std::string body =
      "{\"esp8266id\": \"" + std::string(esp8266_id) + "\", \"software_version\": \"NRZ-2020-129\", \"sensordatavalues\":[";
  bool first = true;
  for (const WireField& field : fields.fields()) {
    if (!first) body += ',';
    first = false;
    body += "{\"value_type\":\"" + field.name + "\",\"value\":\"" + field.text + "\"}";
  }
  return body + "]}";
}

Upload write_airrohr(const UploadInput& input) {
  const WeatherSample& w = input.weather;
  WireFields fields;
  fields.outdoor("SDS_P1", w.pm10_ug_m3, kSame, 2, "pm10_ug_m3");
  fields.outdoor("SDS_P2", w.pm2p5_ug_m3, kSame, 2, "pm2p5_ug_m3");
  fields.outdoor("BME280_temperature", w.air_temperature_C, kSame, 2, "air_temperature_C");
  fields.outdoor("BME280_pressure", w.surface_pressure_hPa, kPascal, 2, "surface_air_pressure_hPa");
  fields.outdoor("BME280_humidity", w.relative_humidity_pct, kSame, 2, "relative_humidity_pct");
  fields.text("samples", std::to_string(4'222'662 + input.number));
  fields.text("min_micro", "32");
  fields.text("max_micro", "3301275");
  fields.text("signal", "-94");
  fields.apply(input.faults);
  const std::string& key = input.device.key;
  const std::string id = key.substr(key.find('-') + 1);
  const std::string body = corrupt_json(airrohr_body(id, fields), input.faults);
  Upload upload;
  upload.contract_values = fields.contract_values();
  upload.segments = {"POST " + (input.device.path.empty() ? "/data.php" : input.device.path) +
                         " HTTP/1.1\r\nHost: " + input.device.host + "\r\nUser-Agent: NRZ-2020-129/" + id +
                         "\r\nConnection: close\r\nAuthorization: Basic \r\nContent-Type: application/json\r\nX-Sensor: " +
                         key + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n",
                     body};
  return upload;
}

}  // namespace wayside::sim
