// What operators ask of the fold: a refused item once more, and another agent for a station.
#include "central/fold.h"
#include "common/base/log.h"
#include "common/contract/names.h"

namespace wayside::central {
namespace {

std::optional<std::size_t> topic_index(std::string_view name) {
  for (std::size_t i = 0; i < source_topics().size(); ++i) {
    if (source_topics()[i].name == name) return i;
  }
  return std::nullopt;
}

/// The Kafka topic an item would have gone to: central's items name it, the bridge's name their MQTT topic.
std::optional<std::size_t> kafka_topic_of(const StoredItem& item) {
  if (item.source != "bridge") return topic_index(item.topic);
  const TopicAddress address = parse_topic(item.topic);
  if (const auto* reading = std::get_if<ReadingTopic>(&address)) return topic_index(kafka_topic(reading->stream));
  if (std::holds_alternative<InfoTopic>(address)) return topic_index(kTopicStationInformation);
  return std::nullopt;
}

/// The item as the record it came in, or would have come in. Its views point into the item.
std::optional<Record> record_of(const StoredItem& item) {
  const auto topic = kafka_topic_of(item);
  if (!topic) return std::nullopt;
  Record record;
  record.topic = *topic;
  record.partition = item.kafka_partition;
  record.offset = item.kafka_offset;
  record.timestamp = item.at;
  record.key = item.station_id;
  record.value = item.payload;
  record.tombstone = item.payload.empty();
  record.agent = item.agent;
  if (item.source != "bridge") return record;
  const TopicAddress address = parse_topic(item.topic);
  if (const auto* reading = std::get_if<ReadingTopic>(&address)) {
    record.key = reading->station_id;
    record.agent = reading->agent;
  } else if (const auto* info = std::get_if<InfoTopic>(&address)) {
    record.key = info->station_id;
    record.agent = info->agent;
  }
  return record;
}

}  // namespace

std::string_view to_text(ReplayOutcome outcome) {
  switch (outcome) {
    case ReplayOutcome::kReplayed: return "replayed";
    case ReplayOutcome::kAlreadyReplayed: return "already_replayed";
    case ReplayOutcome::kRefusedAgain: return "refused_again";
    case ReplayOutcome::kUnknown: return "unknown";
  }
  return "";
}

Result<FoldedBatch> Fold::replay(std::span<const std::int64_t> ids, UtcTime now, std::vector<Replay>& replays) {
  replays.clear();
  if (auto begun = begin_batch(now); !begun.ok()) return std::move(begun).error();
  auto batch = commit_batch([&]() -> Status {
    for (const std::int64_t id : ids) {
      Replay& replay = replays.emplace_back();
      replay.id = id;
      WAYSIDE_TRY(replay_item(id, replay));
    }
    return {};
  });
  return batch;
}

Status Fold::replay_item(std::int64_t id, Replay& replay) {
  auto item = quarantine_.read(id);
  if (!item) return std::move(item).error();
  if (!item->has_value()) return {};
  if ((*item)->replayed) {
    replay.outcome = ReplayOutcome::kAlreadyReplayed;
    return {};
  }
  replay.outcome = ReplayOutcome::kRefusedAgain;
  const auto record = record_of(**item);
  if (!record || source_topics()[record->topic].kind == TopicKind::kHealth) {
    replay.refusal = {(*item)->reason, "only readings and station information are replayed"};
    return {};
  }
  std::optional<Refusal> refusal;
  replaying_ = &refusal;
  const Status applied = apply(*record);
  replaying_ = nullptr;
  WAYSIDE_TRY(applied);
  if (refusal) {
    replay.refusal = std::move(*refusal);
    return {};
  }
  replay.outcome = ReplayOutcome::kReplayed;
  return quarantine_.mark_replayed(id, now_);
}

Result<std::optional<FoldedBatch>> Fold::move_station(std::string_view station_id, std::string_view agent, UtcTime now) {
  if (auto begun = begin_batch(now); !begun.ok()) return std::move(begun).error();
  Station* station = stations_.find(station_id);
  if (station == nullptr) return std::optional<FoldedBatch>();
  const std::string before = stations_.agent_name(station->owner);
  auto batch = commit_batch([&]() -> Status {
    auto owner = stations_.agent(agent);
    if (!owner) return std::move(owner).error();
    station->owner = *owner;
    // What the agent before said of the station is older than anything the new one has said.
    station->info_at = {};
    station->info_offset = -1;
    station->dirty = true;
    touch(*station);
    return {};
  });
  if (!batch) return std::move(batch).error();
  log_info("station_moved", {{"station_id", station_id}, {"from", before}, {"to", agent}});
  return std::optional(std::move(*batch));
}

}  // namespace wayside::central
