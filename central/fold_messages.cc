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
  auto from = sender(record.key, record.agent);
  if (!from) return std::move(from).error();
  if (from->refusal) return refuse(record, *from->refusal, nullptr);
  Station& found = *from->station;
  if (auto refusal = judge_information(record, found, from->agent)) return refuse(record, *refusal, nullptr);
  // Agents say it again on every connect; mostly nothing has changed.
  if (found.info != nullptr && found.info->json == record.value && !found.retired_at) {
    confirm(record, found);
    return {};
  }
  auto info = parse_station_info(record.value);
  if (!info) return refuse(record, {Reason::kBadJson, info.error().message}, nullptr);
  found.owner = from->agent;
  confirm(record, found);
  found.info = std::make_shared<const StationInfo>(std::move(*info));
  found.retired_at.reset();
  found.dirty = true;
  touch(found);
  return {};
}

std::optional<Refusal> Fold::judge_information(const Record& record, const Station& station, AgentPk agent) const {
  if (station.owner != AgentPk{0} && station.owner != agent) {
    return Refusal{Reason::kNotOwner, "the station belongs to " + stations_.agent_name(station.owner)};
  }
  if (replaying_ == nullptr) return std::nullopt;  // Kafka gives them in order
  const bool older = record.timestamp.ms < station.info_at.ms ||
                     (record.timestamp.ms == station.info_at.ms && record.offset >= 0 && record.offset < station.info_offset);
  if (!older) return std::nullopt;
  return Refusal{Reason::kOutOfRange, "newer information has come at " + format_rfc3339(station.info_at)};
}

/// This record is what holds of the station now.
void Fold::confirm(const Record& record, Station& station) {
  station.info_at = record.timestamp;
  station.info_offset = record.offset;
  station.dirty = true;
  confirmed_.push_back(&station);
}

Status Fold::retire(const Record& record) {
  auto from = sender(record.key, record.agent);
  if (!from) return std::move(from).error();
  if (from->refusal) return refuse(record, *from->refusal, nullptr);
  Station& found = *from->station;
  if (auto refusal = judge_information(record, found, from->agent)) return refuse(record, *refusal, nullptr);
  confirm(record, found);
  if (found.retired_at) return {};
  // The owner stays: a retired station is not free for others to take.
  found.owner = from->agent;
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
  if (bridge) return health_.save(record.key, record.value, record.timestamp);
  if (!stations_.find_agent(record.key) && static_cast<std::int64_t>(stations_.agents()) >= options_.limits.agents) {
    return refuse(record, over_limit("agents", options_.limits.agents, record.key), nullptr);
  }
  auto agent = stations_.agent(record.key);
  if (!agent) return std::move(agent).error();
  auto refusal = health_.check_epochs(*agent, record.value, record.timestamp);
  if (!refusal) return std::move(refusal).error();
  if (*refusal) return refuse(record, **refusal, nullptr);
  WAYSIDE_TRY(health_.save(record.key, record.value, record.timestamp));
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
  return count_refused(record, {letter->station_id, letter->agent, letter->epoch, letter->seq, std::nullopt, !*added});
}

}  // namespace wayside::central
