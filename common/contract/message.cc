#include "common/contract/message.h"

#include <nlohmann/json.hpp>

#include "common/contract/message_fields.h"

namespace wayside {
namespace {

using nlohmann::json;

Refusal refuse(Reason reason, std::string detail) { return Refusal{reason, std::move(detail)}; }

std::string text_or_empty(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json to_json(const DriverHealth& driver) {
  json out = {{"source", driver.source},
              {"driver", driver.driver},
              {"state", driver.state},
              {"last_error", driver.last_error},
              {"readings_total", driver.readings_total},
              {"refused_total", driver.refused_total},
              {"dropped_values_total", driver.dropped_values_total},
              {"device_clock_faults_total", driver.device_clock_faults_total}};
  if (!driver.counts.empty()) out["counts"] = driver.counts;
  return out;
}

json to_json(const EpochAccount& account) {
  return {{"epoch", account.epoch},     {"accepted", account.accepted}, {"receipted", account.receipted},
          {"refused", account.refused}, {"dropped", account.dropped},   {"waiting", account.waiting}};
}

}  // namespace

std::string encode_agent_health(const AgentHealth& health) {
  json out = {{"agent", health.agent},
              {"status", health.status},
              {"version", health.version},
              {"at", format_rfc3339(health.at)},
              {"started_at", format_rfc3339(health.started_at)},
              {"clock", health.clock}};
  out["drivers"] = json::array();
  for (const DriverHealth& driver : health.drivers) out["drivers"].push_back(to_json(driver));
  out["outbox"] = {{"readings", health.outbox_readings},
                   {"bytes", health.outbox_bytes},
                   {"bytes_max", health.outbox_bytes_max},
                   {"hours_left", health.outbox_hours_left ? json(*health.outbox_hours_left) : json()},
                   {"fault", health.outbox_fault}};
  out["unpublishable"] = {{"total", health.unpublishable_total}, {"last", health.unpublishable_last}};
  out["epochs"] = json::array();
  for (const EpochAccount& account : health.epochs) out["epochs"].push_back(to_json(account));
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Refusal> check_station_info(std::string_view text, std::string_view station_id) {
  json info;
  if (auto refusal = parse_message(text, MessageKind::kStationInformation, info)) return refusal;
  const auto id = info.find("station_id");
  if (id != info.end() && id->get_ref<const std::string&>() != station_id) {
    return refuse(Reason::kTopicMismatch, "station_id differs from the topic's");
  }
  return std::nullopt;
}

std::optional<Refusal> check_agent_health(std::string_view text, std::string_view agent) {
  json health;
  if (auto refusal = parse_message(text, MessageKind::kAgentHealth, health)) return refusal;
  const auto name = health.find("agent");
  if (name != health.end() && name->get_ref<const std::string&>() != agent) {
    return refuse(Reason::kTopicMismatch, "agent differs from the topic's");
  }
  return std::nullopt;
}

std::string encode_dead_letter(const DeadLetter& letter) {
  json out = {{"reason", to_text(letter.reason)},
              {"detail", letter.detail},
              {"topic", letter.topic},
              {"received_at", format_rfc3339(letter.received_at)},
              {"payload_base64", encode_base64(std::string_view(letter.payload).substr(0, kMessageBytesMax))}};
  if (letter.payload.size() > kMessageBytesMax) out["payload_bytes"] = letter.payload.size();
  if (!letter.agent.empty()) out["agent"] = letter.agent;
  if (!letter.station_id.empty()) out["station_id"] = letter.station_id;
  if (!letter.stream.empty()) out["stream"] = letter.stream;
  if (!letter.epoch.empty()) out["epoch"] = letter.epoch;
  if (letter.seq != 0) out["seq"] = letter.seq;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<DeadLetter> parse_dead_letter(std::string_view text) {
  // Not parse_message: the payload in base64 makes these larger than a message.
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || check_fields(object, message_fields(MessageKind::kDeadLetter))) return std::nullopt;
  auto payload = decode_base64(text_or_empty(object, "payload_base64"));
  if (!payload) return std::nullopt;
  DeadLetter letter{*parse_reason(text_or_empty(object, "reason")),
                    text_or_empty(object, "detail"),
                    text_or_empty(object, "topic"),
                    text_or_empty(object, "agent"),
                    text_or_empty(object, "station_id"),
                    text_or_empty(object, "stream"),
                    text_or_empty(object, "epoch"),
                    0,
                    *parse_rfc3339(text_or_empty(object, "received_at")),
                    std::move(*payload)};
  if (const auto seq = object.find("seq"); seq != object.end()) letter.seq = seq->get<std::uint64_t>();
  return letter;
}

}  // namespace wayside
