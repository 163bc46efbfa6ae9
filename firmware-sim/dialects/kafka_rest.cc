// Hardware that was made to post into Kafka's REST proxy, v2: POST /topics/weather with an envelope of records. The Avro
// form carries its schemas in the body; the values stand there as plain JSON too.
//
//   {"key_schema":"…","value_schema":"…","records":[{"key":{"timestamp":1584000000000},"value":{"temperature":70.0,
//   "status":"sunny"}}]}
//
// Temperature is in °F; status is one of sunny, partly_cloudy, cloudy, windy, precipitation. Answer: 200 with offsets.

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "firmware-sim/dialects/dialect.h"

namespace wayside::sim {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kKeySchema =
    R"({"namespace":"weather","type":"record","name":"key","fields":[{"name":"timestamp","type":"long"}]})";
constexpr const char* kValueSchema =
    R"({"namespace":"weather","type":"record","name":"value","fields":[{"name":"temperature","type":"float"},)"
    R"({"name":"status","type":"string"}]})";

Upload write(const UploadInput& input, bool avro) {
  WireFields fields;
  fields.outdoor("temperature", input.weather.air_temperature_C, kFahrenheit, 1, "air_temperature_C");
  fields.apply(input.faults);
  Json value = Json::object();
  for (const WireField& field : fields.fields()) value[field.name] = std::strtod(field.text.c_str(), nullptr);
  value["status"] = input.weather.condition;
  Json envelope;
  if (avro) {
    envelope["key_schema"] = kKeySchema;
    envelope["value_schema"] = kValueSchema;
  }
  envelope["records"] = Json::array({{{"key", {{"timestamp", input.device_now.ms}}}, {"value", std::move(value)}}});
  Json said = Json::parse(fields.contract_values());
  said["weather_condition"] = input.weather.condition;

  const std::string body = corrupt_json(envelope.dump(), input.faults);
  Upload upload;
  upload.contract_values = said.dump();
  upload.observed_at = input.device_now;
  upload.segments = {"POST /" + input.device.key + " HTTP/1.1\r\nHost: " + input.device.host +
                         "\r\nConnection: close\r\nAccept: */*\r\nContent-Type: application/vnd.kafka." +
                         (avro ? "avro" : "json") + ".v2+json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n",
                     body};
  return upload;
}

}  // namespace

Upload write_kafka_rest_json(const UploadInput& input) { return write(input, false); }
Upload write_kafka_rest_avro(const UploadInput& input) { return write(input, true); }

}  // namespace wayside::sim
