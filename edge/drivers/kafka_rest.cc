// POST /topics/<name>    Content-Type: application/vnd.kafka.avro.v2+json  (or json.v2+json)
// {"key_schema":"…","value_schema":"…","records":[{"key":{"timestamp":1571432400000},"value":{…}}]}
//   The schemas are not needed: both content types carry the records as plain JSON. The key's timestamp (ms) is when it
//   was observed; without one the agent's clock counts. The topic says what the value is (rail_record.cc); of weather it is
//   {"temperature":70.2,"status":"sunny"}: °F, as a number or as a text with one; status sunny, partly_cloudy, cloudy, windy
//   or precipitation (the "Public Transit Status" course's producer).
#include "edge/drivers/kafka_rest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wayside::edge {
namespace {

using nlohmann::json;

struct DeviceTime {
  std::optional<UtcTime> time;
  bool unreadable = false;
};

DeviceTime read_timestamp(const json& record) {
  const auto key = record.find("key");
  if (key == record.end() || !key->is_object()) return {};
  const auto timestamp = key->find("timestamp");
  if (timestamp == key->end()) return {};
  if (timestamp->is_number_integer() && timestamp->get<double>() >= 0 && timestamp->get<double>() < 253'402'300'800'000.0) {
    return {UtcTime{timestamp->get<std::int64_t>()}, false};
  }
  return {std::nullopt, true};
}

PushedUpload decode_weather(std::string_view topic, const json& value) {
  WeatherUpload upload;
  upload.keys.push_back("topics/" + std::string(topic));
  const auto temperature = value.find("temperature");
  if (temperature != value.end() && !temperature->is_null()) {
    // Producers that read it from a CSV file send it as a text.
    const std::string text = temperature->is_string() ? temperature->get<std::string>() : temperature->dump();
    const bool number = temperature->is_number() || (temperature->is_string() && parse_number(text));
    if (!number) return FrameRefusal{FrameReason::kNotANumber, "temperature must be a number"};
    upload.fields.read_number("air_temperature_C", text, celsius_from_fahrenheit);
  }
  const auto status = value.find("status");
  if (status != value.end() && !status->is_null()) {
    if (!status->is_string()) return FrameRefusal{FrameReason::kBadRequest, "status must be a text"};
    upload.fields.set_text("weather_condition", status->get_ref<const std::string&>());
  }
  return upload;
}

template <class Record>
PushedUpload widen(std::variant<Record, FrameRefusal> decoded) {
  return std::visit([](auto&& one) -> PushedUpload { return std::forward<decltype(one)>(one); }, std::move(decoded));
}

PushedUpload decode_value(RecordKind kind, std::string_view topic, const json& value) {
  switch (kind) {
    case RecordKind::kArrival: return widen(decode_arrival(value));
    case RecordKind::kPerson: return widen(decode_person(value));
    case RecordKind::kWeather: break;
  }
  return decode_weather(topic, value);
}

PushedUpload decode_record(RecordKind kind, std::string_view topic, const json& record) {
  if (!record.is_object()) return FrameRefusal{FrameReason::kBadRequest, "a record must be an object"};
  const auto value = record.find("value");
  if (value == record.end() || !value->is_object()) {
    return FrameRefusal{FrameReason::kBadRequest, "a record needs a value, which is an object"};
  }
  PushedUpload decoded = decode_value(kind, topic, *value);
  std::visit(
      [&record](auto& one) {
        if constexpr (requires { one.device_time; }) {
          const DeviceTime device = read_timestamp(record);
          one.device_time = device.time;
          one.device_time_unreadable = device.unreadable;
        }
      },
      decoded);
  return decoded;
}

}  // namespace

RecordKind record_kind(std::string_view topic) {
  constexpr std::string_view kSeparators = "._-";
  for (std::size_t begin = 0; begin < topic.size();) {
    const std::size_t end = std::min(topic.find_first_of(kSeparators, begin), topic.size());
    const std::string_view word = topic.substr(begin, end - begin);
    if (word == "arrival" || word == "arrivals") return RecordKind::kArrival;
    if (word == "turnstile" || word == "turnstiles") return RecordKind::kPerson;
    begin = end + 1;
  }
  return RecordKind::kWeather;
}

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
  const RecordKind kind = record_kind(topic);
  std::vector<PushedUpload> decoded;
  decoded.reserve(records->size());
  for (const json& record : *records) decoded.push_back(decode_record(kind, topic, record));
  return decoded;
}

}  // namespace wayside::edge
