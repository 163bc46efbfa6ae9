// POST /topics/weather    Content-Type: application/vnd.kafka.avro.v2+json  (or json.v2+json)
// {"key_schema":"…","value_schema":"…",
//  "records":[{"key":{"timestamp":1571432400000},"value":{"temperature":70.2,"status":"sunny"}}]}
//   °F, as a number or as a text with one; status sunny, partly_cloudy, cloudy, windy or precipitation (the "Public Transit Status" course's producer).
//   The schemas are not needed: both content types carry the records as plain JSON. The key's timestamp (ms) is when it
//   was observed; without one the agent's clock counts.
#include "edge/drivers/weather_kafka_rest.h"

#include <nlohmann/json.hpp>

namespace wayside::edge {
namespace {

using nlohmann::json;

void read_timestamp(const json& record, WeatherUpload& upload) {
  const auto key = record.find("key");
  if (key == record.end() || !key->is_object()) return;
  const auto timestamp = key->find("timestamp");
  if (timestamp == key->end()) return;
  if (timestamp->is_number_integer() && timestamp->get<double>() >= 0 && timestamp->get<double>() < 253'402'300'800'000.0) {
    upload.device_time = UtcTime{timestamp->get<std::int64_t>()};
  } else {
    upload.device_time_unreadable = true;
  }
}

DecodedUpload decode_record(std::string_view topic, const json& record) {
  if (!record.is_object()) return FrameRefusal{FrameReason::kBadRequest, "a record must be an object"};
  const auto value = record.find("value");
  if (value == record.end() || !value->is_object()) {
    return FrameRefusal{FrameReason::kBadRequest, "a record needs a value with temperature or status"};
  }
  WeatherUpload upload;
  upload.keys.push_back("topics/" + std::string(topic));
  read_timestamp(record, upload);
  const auto temperature = value->find("temperature");
  if (temperature != value->end() && !temperature->is_null()) {
    // Producers that read it from a CSV file send it as a text.
    const std::string text = temperature->is_string() ? temperature->get<std::string>() : temperature->dump();
    const bool number = temperature->is_number() || (temperature->is_string() && parse_number(text));
    if (!number) return FrameRefusal{FrameReason::kNotANumber, "temperature must be a number"};
    upload.fields.read_number("air_temperature_C", text, celsius_from_fahrenheit);
  }
  const auto status = value->find("status");
  if (status != value->end() && !status->is_null()) {
    if (!status->is_string()) return FrameRefusal{FrameReason::kBadRequest, "status must be a text"};
    upload.fields.set_text("weather_condition", status->get_ref<const std::string&>());
  }
  return upload;
}

}  // namespace

bool valid_kafka_topic(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 249 && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

KafkaRestRecords decode_kafka_rest(std::string_view topic, std::string_view content_type, std::string_view body,
                                   std::size_t records_max) {
  if (!valid_kafka_topic(topic)) return FrameRefusal{FrameReason::kUnknownDevice, "not the name of a topic"};
  if (content_type.find("binary") != std::string_view::npos) {
    return FrameRefusal{FrameReason::kUnsupportedFrame, "binary records; send avro.v2+json or json.v2+json"};
  }
  const json request = json::parse(body, nullptr, false);
  if (!request.is_object()) return FrameRefusal{FrameReason::kBadRequest, "the body is no JSON object"};
  const auto records = request.find("records");
  if (records == request.end() || !records->is_array() || records->empty()) {
    return FrameRefusal{FrameReason::kBadRequest, "records must be a list with at least one record"};
  }
  if (records->size() > records_max) {
    return FrameRefusal{FrameReason::kTooLarge, "at most " + std::to_string(records_max) + " records in a request"};
  }
  std::vector<DecodedUpload> decoded;
  decoded.reserve(records->size());
  for (const json& record : *records) decoded.push_back(decode_record(topic, record));
  return decoded;
}

}  // namespace wayside::edge
