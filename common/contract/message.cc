#include "common/contract/message.h"

#include <nlohmann/json.hpp>

#include "common/contract/names.h"

namespace wayside {
namespace {

using nlohmann::json;

Refusal refuse(Reason reason, std::string detail) { return Refusal{reason, std::move(detail)}; }

/// The parsed object, or why there is none.
std::optional<Refusal> parse_object(std::string_view text, json& out) {
  if (text.size() > kMessageBytesMax) return refuse(Reason::kTooLarge, "a message may have 262144 bytes");
  out = json::parse(text, nullptr, false);
  if (out.is_discarded()) return refuse(Reason::kBadJson, "not JSON");
  if (!out.is_object()) return refuse(Reason::kBadType, "must be an object");
  return std::nullopt;
}

std::optional<Refusal> check_coordinate(const json& info, const char* name, double limit) {
  const auto found = info.find(name);
  if (found == info.end()) return std::nullopt;
  if (!found->is_number()) return refuse(Reason::kBadType, std::string(name) + " must be a number");
  if (std::abs(found->get<double>()) > limit) return refuse(Reason::kOutOfRange, std::string(name) + " is out of range");
  return std::nullopt;
}

std::optional<Refusal> check_intervals(const json& info) {
  const auto streams = info.find("streams");
  if (streams == info.end()) return std::nullopt;
  if (!streams->is_object()) return refuse(Reason::kBadType, "streams must be an object");
  for (const auto& [name, stream] : streams->items()) {
    if (!stream.is_object()) return refuse(Reason::kBadType, "streams." + name + " must be an object");
    const auto interval = stream.find("report_interval_s");
    if (interval == stream.end()) continue;
    if (!interval->is_number()) return refuse(Reason::kBadType, "report_interval_s must be a number");
    if (interval->get<double>() <= 0 || interval->get<double>() > 31'536'000) {
      return refuse(Reason::kOutOfRange, "report_interval_s must be from 0 to a year");
    }
  }
  return std::nullopt;
}

std::string text_or_empty(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json to_json(const DriverHealth& driver) {
  return {{"source", driver.source},         {"driver", driver.driver},
          {"state", driver.state},           {"last_error", driver.last_error},
          {"readings_total", driver.readings_total}, {"refused_total", driver.refused_total}};
}

json to_json(const EpochAccount& account) {
  return {{"epoch", account.epoch},     {"accepted", account.accepted}, {"receipted", account.receipted},
          {"refused", account.refused}, {"dropped", account.dropped},   {"waiting", account.waiting}};
}

}  // namespace

std::string encode_agent_health(const AgentHealth& health) {
  json out = {{"agent", health.agent},   {"status", health.status},
              {"version", health.version}, {"at", format_rfc3339(health.at)},
              {"started_at", format_rfc3339(health.started_at)}, {"clock", health.clock}};
  out["drivers"] = json::array();
  for (const DriverHealth& driver : health.drivers) out["drivers"].push_back(to_json(driver));
  out["outbox"] = {{"readings", health.outbox_readings},
                   {"bytes", health.outbox_bytes},
                   {"bytes_max", health.outbox_bytes_max},
                   {"hours_left", health.outbox_hours_left ? json(*health.outbox_hours_left) : json()}};
  out["epochs"] = json::array();
  for (const EpochAccount& account : health.epochs) out["epochs"].push_back(to_json(account));
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Refusal> check_station_info(std::string_view text, std::string_view station_id) {
  json info;
  if (auto refusal = parse_object(text, info)) return refusal;
  const auto id = info.find("station_id");
  if (id != info.end() && (!id->is_string() || id->get_ref<const std::string&>() != station_id)) {
    return refuse(Reason::kTopicMismatch, "station_id differs from the topic's");
  }
  const auto kind = info.find("kind");
  if (kind == info.end()) return refuse(Reason::kMissingField, "kind is missing");
  if (*kind != "bike" && *kind != "rail" && *kind != "weather") {
    return refuse(Reason::kOutOfRange, "kind is none of bike, rail, weather");
  }
  if (auto refusal = check_coordinate(info, "lat", 90)) return refusal;
  if (auto refusal = check_coordinate(info, "lon", 180)) return refusal;
  if (const auto name = info.find("name"); name != info.end() && !name->is_string()) {
    return refuse(Reason::kBadType, "name must be a text");
  }
  if (const auto capacity = info.find("capacity"); capacity != info.end() && !capacity->is_null()) {
    if (!capacity->is_number()) return refuse(Reason::kBadType, "capacity must be a number");
    if (capacity->get<double>() < 0) return refuse(Reason::kOutOfRange, "capacity is negative");
  }
  return check_intervals(info);
}

std::optional<Refusal> check_agent_health(std::string_view text, std::string_view agent) {
  json health;
  if (auto refusal = parse_object(text, health)) return refusal;
  const auto name = health.find("agent");
  if (name != health.end() && (!name->is_string() || name->get_ref<const std::string&>() != agent)) {
    return refuse(Reason::kTopicMismatch, "agent differs from the topic's");
  }
  const auto status = health.find("status");
  if (status == health.end()) return refuse(Reason::kMissingField, "status is missing");
  if (*status != "online" && *status != "offline") return refuse(Reason::kOutOfRange, "status is none of online, offline");
  return std::nullopt;
}

std::string encode_dead_letter(const DeadLetter& letter) {
  json out = {{"reason", to_text(letter.reason)},
              {"detail", letter.detail},
              {"topic", letter.topic},
              {"received_at", format_rfc3339(letter.received_at)},
              {"payload_base64", encode_base64(letter.payload)}};
  if (!letter.agent.empty()) out["agent"] = letter.agent;
  if (!letter.station_id.empty()) out["station_id"] = letter.station_id;
  if (!letter.stream.empty()) out["stream"] = letter.stream;
  if (!letter.epoch.empty()) out["epoch"] = letter.epoch;
  if (letter.seq != 0) out["seq"] = letter.seq;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<DeadLetter> parse_dead_letter(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto reason = parse_reason(text_or_empty(object, "reason"));
  const auto received_at = parse_rfc3339(text_or_empty(object, "received_at"));
  auto payload = decode_base64(text_or_empty(object, "payload_base64"));
  if (!reason || !received_at || !payload) return std::nullopt;
  DeadLetter letter{*reason,
                    text_or_empty(object, "detail"),
                    text_or_empty(object, "topic"),
                    text_or_empty(object, "agent"),
                    text_or_empty(object, "station_id"),
                    text_or_empty(object, "stream"),
                    text_or_empty(object, "epoch"),
                    0,
                    *received_at,
                    std::move(*payload)};
  if (const auto seq = object.find("seq"); seq != object.end() && seq->is_number_unsigned()) letter.seq = *seq;
  return letter;
}

}  // namespace wayside
