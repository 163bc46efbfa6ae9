#include "edge/drivers/http_push_dialect.h"

#include "edge/drivers/weather_chaney.h"
#include "edge/drivers/weather_ecowitt.h"
#include "edge/drivers/weather_oregon.h"
#include "edge/drivers/weather_sensor_community.h"
#include "edge/drivers/weather_wunderground.h"

namespace wayside::edge {
namespace {

constexpr std::string_view kTopics = "/topics/";
constexpr std::string_view kWundergroundPath = "/updateweatherstation";

bool looks_like_json(const HttpRequest& request) {
  const std::size_t first = request.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && request.body[first] == '{';
}

ParsedRequest parse_kafka_rest(const HttpRequest& request, std::size_t records_max) {
  const std::string_view topic = std::string_view(request.path).substr(kTopics.size());
  auto decoded = decode_kafka_rest(topic, request.header("Content-Type"), request.body, records_max);
  if (auto* refusal = std::get_if<FrameRefusal>(&decoded)) return {Dialect::kKafkaRest, {std::move(*refusal)}, true, false};
  return {Dialect::kKafkaRest, std::get<std::vector<PushedUpload>>(std::move(decoded)), false,
          record_kind(topic) != RecordKind::kWeather};
}

DecodedUpload decode(Dialect dialect, const HttpRequest& request, const UploadForm& form) {
  switch (dialect) {
    case Dialect::kWunderground:
    case Dialect::kAcurite: return decode_wunderground(form);
    case Dialect::kChaney: return decode_chaney(form);
    case Dialect::kOregon: return decode_oregon(form);
    case Dialect::kEcowitt: return decode_ecowitt(form);
    case Dialect::kSensorCommunity:
      return decode_sensor_community(request.body, request.header("X-Sensor"), request.header("Authorization"));
    case Dialect::kKafkaRest:
    case Dialect::kUnknown: break;
  }
  return FrameRefusal{FrameReason::kBadRequest, "none of the known upload dialects"};
}

}  // namespace

std::string_view to_text(Dialect dialect) {
  switch (dialect) {
    case Dialect::kUnknown: return "unknown";
    case Dialect::kWunderground: return "wunderground";
    case Dialect::kAcurite: return "acurite";
    case Dialect::kChaney: return "chaney";
    case Dialect::kOregon: return "oregon";
    case Dialect::kEcowitt: return "ecowitt";
    case Dialect::kSensorCommunity: return "sensor_community";
    case Dialect::kKafkaRest: return "kafka_rest";
  }
  return "unknown";
}

UploadForm form_of(const HttpRequest& request) {
  UploadForm::Pairs pairs = parse_form(request.query);
  if (!looks_like_json(request)) {
    // Ends of line behind a form are no part of its last value.
    std::string_view body = request.body;
    while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) body.remove_suffix(1);
    for (auto& pair : parse_form(body)) pairs.push_back(std::move(pair));
  }
  return UploadForm(std::move(pairs));
}

Dialect recognise(const HttpRequest& request, const UploadForm& form) {
  const bool post = request.method == "POST";
  if (post && request.path.starts_with(kTopics) && request.path.size() > kTopics.size()) return Dialect::kKafkaRest;
  if (post && looks_like_json(request)) return Dialect::kSensorCommunity;
  if (!post && request.method != "GET") return Dialect::kUnknown;
  if (form.has("PASSKEY")) return Dialect::kEcowitt;
  // An Acurite bridge that was given a Weather Underground account sends ID and id, and reads WU's answer.
  if (form.has("mt") && form.has("id") && !form.has("ID")) return form.has("action") ? Dialect::kAcurite : Dialect::kChaney;
  if (form.has("mac") && form.has("id") && form.has("p")) return Dialect::kOregon;
  if (form.has("ID") || request.path.find(kWundergroundPath) != std::string::npos) return Dialect::kWunderground;
  return Dialect::kUnknown;
}

ParsedRequest parse_request(const HttpRequest& request, std::size_t records_max) {
  const UploadForm form = form_of(request);
  const Dialect dialect = recognise(request, form);
  if (dialect == Dialect::kKafkaRest) return parse_kafka_rest(request, records_max);
  PushedUpload upload =
      std::visit([](auto&& one) -> PushedUpload { return std::forward<decltype(one)>(one); }, decode(dialect, request, form));
  return {dialect, {std::move(upload)}, true, false};
}

}  // namespace wayside::edge
