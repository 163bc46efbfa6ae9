// How the fold takes station information, health and dead letters.
#include "central/fold.h"
#include "common/contract/message.h"
#include "common/contract/names.h"

namespace wayside::central {
namespace {

constexpr std::string_view kBridgePrefix = "bridge:";

}  // namespace

Status Fold::apply_information(const Record& record) {
  if (!valid_station_id(record.key)) return refuse(record, {Reason::kOutOfRange, "the key is no station id"}, nullptr);
  if (!valid_agent_name(record.agent)) return refuse(record, {Reason::kMissingField, "header agent is missing"}, nullptr);
  if (record.value.empty()) return retire(record);
  if (auto refusal = check_station_info(record.value, record.key)) return refuse(record, *refusal, nullptr);
  auto station = stations_.get_or_create(record.key);
  if (!station) return std::move(station).error();
  auto agent = stations_.agent(record.agent);
  if (!agent) return std::move(agent).error();
  Station& found = **station;
  if (found.owner != AgentPk{0} && found.owner != *agent) {
    return refuse(record, {Reason::kNotOwner, "the station belongs to " + stations_.agent_name(found.owner)}, nullptr);
  }
  // Agents say it again on every connect; mostly nothing has changed.
  if (found.info != nullptr && found.info->json == record.value && !found.retired_at) return {};
  auto info = parse_station_info(record.value);
  if (!info) return refuse(record, {Reason::kBadJson, info.error().message}, nullptr);
  found.owner = *agent;
  found.info = std::make_shared<const StationInfo>(std::move(*info));
  found.retired_at.reset();
  found.dirty = true;
  touch(found);
  return {};
}

Status Fold::retire(const Record& record) {
  auto station = stations_.get_or_create(record.key);
  if (!station) return std::move(station).error();
  auto agent = stations_.agent(record.agent);
  if (!agent) return std::move(agent).error();
  Station& found = **station;
  if (found.owner != AgentPk{0} && found.owner != *agent) {
    return refuse(record, {Reason::kNotOwner, "the station belongs to " + stations_.agent_name(found.owner)}, nullptr);
  }
  if (found.retired_at) return {};
  // The owner stays: a retired station is not free for others to take.
  found.owner = *agent;
  found.retired_at = record.timestamp;
  found.dirty = true;
  touch(found);
  return {};
}

Status Fold::apply_health(const Record& record) {
  if (record.key.empty()) return refuse(record, {Reason::kMissingField, "the key is empty"}, nullptr);
  if (record.value.empty()) return health_.remove(record.key);
  const bool bridge = record.key.starts_with(kBridgePrefix);
  if (!bridge) {
    if (!valid_agent_name(record.key)) return refuse(record, {Reason::kOutOfRange, "the key is no agent name"}, nullptr);
    if (auto refusal = check_agent_health(record.value, record.key)) return refuse(record, *refusal, nullptr);
  }
  WAYSIDE_TRY(health_.save(record.key, record.value, record.timestamp));
  if (bridge) return {};
  auto agent = stations_.agent(record.key);
  if (!agent) return std::move(agent).error();
  return health_.save_epochs(*agent, record.value, record.timestamp);
}

Status Fold::apply_dead_letter(const Record& record) {
  const auto letter = parse_dead_letter(record.value);
  if (!letter) return refuse(record, {Reason::kBadJson, "the dead letter itself cannot be read"}, nullptr);
  ++counts_.dead_letters;
  QuarantineItem item{"bridge",       letter->reason, letter->detail, letter->topic,   letter->agent,       letter->station_id,
                      letter->stream, letter->epoch,  letter->seq,    letter->payload, letter->received_at, record.partition};
  auto added = quarantine_.add(item);
  if (!added) return std::move(added).error();
  if (letter->seq == 0 || letter->seq > kSeqMax || !valid_epoch(letter->epoch) || !valid_station_id(letter->station_id) ||
      !valid_agent_name(letter->agent)) {
    return {};
  }
  return count_refused(record, letter->station_id, letter->agent, letter->epoch, letter->seq, !*added);
}

}  // namespace wayside::central
