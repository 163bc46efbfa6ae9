// What each kind of hardware expects to hear. "Success" in any of these words is said only after the commit.
//   Weather Underground: text/plain `success`; 401 and `INVALIDPASSWORDID|…` for a wrong ID or password.
//   Acurite bridge: JSON with its clock (hubapi.myacurite.com, firmware 224) or, before 2016, {"success":1,…}; without the
//   known firmware number the bridge tries to download an update.
//   Ecowitt, Ambient, Oregon, Sensor.Community: any 200; the body is not read. A gateway repeats an upload that got
//   another status: wanted for 503, harmless for a refusal (at most the next interval's worth).
//   Kafka REST proxy v2: an offset or an error per record.
//   Over the limit: 429 and Retry-After, in Kafka REST with its error_code 42901.
#include <ctime>
#include <nlohmann/json.hpp>

#include "edge/drivers/http_push_dialect.h"

namespace wayside::edge {
namespace {

using nlohmann::ordered_json;
using Kind = UploadOutcome::Kind;

constexpr std::string_view kText = "text/plain";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kKafkaJson = "application/vnd.kafka.v2+json";

HttpResponse reply(int status, std::string_view type, std::string body) {
  HttpResponse response{status, std::string(type), std::move(body), {}};
  if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", "30");
  return response;
}

std::string clock_text(UtcTime now) {
  const auto seconds = static_cast<std::time_t>(now.seconds());
  std::tm local{};
  char text[16] = "";
  if (localtime_r(&seconds, &local) != nullptr) std::strftime(text, sizeof text, "%H:%M:%S", &local);
  return text;
}

HttpResponse accepted(Dialect dialect, std::optional<UtcTime> now) {
  switch (dialect) {
    case Dialect::kAcurite:
      return reply(200, kJson,
                   (now ? R"({"localtime":")" + clock_text(*now) + R"(",)" : "{") + R"("checkversion":"224","success":1})");
    case Dialect::kChaney: return reply(200, kJson, R"({"success":1,"checkversion":"126"})");
    case Dialect::kWunderground: return reply(200, kText, "success\n");
    default: return reply(200, kText, "OK\n");
  }
}

int http_status(FrameReason reason) {
  switch (reason) {
    case FrameReason::kUnknownDevice: return 403;
    case FrameReason::kBadPassword: return 401;
    case FrameReason::kTooLarge: return 413;
    default: return 400;
  }
}

HttpResponse refused(Dialect dialect, const FrameRefusal& refusal) {
  const bool identity = refusal.reason == FrameReason::kUnknownDevice || refusal.reason == FrameReason::kBadPassword;
  const bool wunderground = dialect == Dialect::kWunderground || dialect == Dialect::kAcurite || dialect == Dialect::kChaney;
  if (identity && wunderground) return reply(401, kText, "INVALIDPASSWORDID|Password or key and/or id are incorrect\n");
  if (dialect == Dialect::kUnknown) return reply(404, kText, "not an upload that this agent knows\n");
  return reply(http_status(refusal.reason), kText, std::string(to_text(refusal.reason)) + "\n");
}

HttpResponse kafka_error(int status, int code, const std::string& message) {
  return reply(status, kKafkaJson, ordered_json({{"error_code", code}, {"message", message}}).dump() + "\n");
}

HttpResponse too_many(bool kafka_rest) {
  if (kafka_rest) return kafka_error(429, 42901, "Too many requests; send the records again later.");
  return reply(429, kText, "too many uploads, send it again later\n");
}

/// The proxy's own codes: 1 for an error that resending does not cure, per record; 404xx and 422xx for the whole.
HttpResponse kafka_answer(const ParsedRequest& parsed, const std::vector<UploadOutcome>& outcomes) {
  if (parsed.whole_refused) {
    const FrameRefusal& refusal = outcomes.front().refusal;
    if (refusal.reason == FrameReason::kUnknownDevice) return kafka_error(404, 40401, "Topic not found.");
    const bool large = refusal.reason == FrameReason::kTooLarge;
    const bool binary = refusal.reason == FrameReason::kUnsupportedFrame;
    return kafka_error(large ? 413 : binary ? 415 : 422, large ? 413 : binary ? 415 : 422, refusal.detail);
  }
  ordered_json offsets = ordered_json::array();
  for (const UploadOutcome& outcome : outcomes) {
    if (outcome.kind == Kind::kNotStored) return kafka_error(503, 50302, "The records could not be stored; send them again.");
    const bool was_refused = outcome.kind == Kind::kRefused;
    if (was_refused && outcome.refusal.reason == FrameReason::kUnknownDevice)
      return kafka_error(404, 40401, "Topic not found.");
    if (outcome.kind == Kind::kAccepted) {
      offsets.push_back({{"partition", 0}, {"offset", outcome.offset}, {"error_code", nullptr}, {"error", nullptr}});
    } else {
      const std::string why = std::string(to_text(outcome.refusal.reason)) + ": " + outcome.refusal.detail;
      offsets.push_back({{"partition", nullptr}, {"offset", nullptr}, {"error_code", 1}, {"error", why}});
    }
  }
  const ordered_json body = {{"offsets", offsets}, {"key_schema_id", nullptr}, {"value_schema_id", nullptr}};
  return reply(200, kKafkaJson, body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace

HttpResponse answer(const ParsedRequest& parsed, const std::vector<UploadOutcome>& outcomes, std::optional<UtcTime> now) {
  for (const UploadOutcome& outcome : outcomes) {
    if (outcome.kind == Kind::kTooMany) return too_many(parsed.dialect == Dialect::kKafkaRest);
  }
  if (parsed.dialect == Dialect::kKafkaRest) return kafka_answer(parsed, outcomes);
  const UploadOutcome& outcome = outcomes.front();
  if (outcome.kind == Kind::kNotStored) return reply(503, kText, "could not be stored, send it again\n");
  return outcome.kind == Kind::kAccepted ? accepted(parsed.dialect, now) : refused(parsed.dialect, outcome.refusal);
}

HttpResponse answer_too_many(const HttpRequest& request) { return too_many(request.path.starts_with("/topics/")); }

}  // namespace wayside::edge
