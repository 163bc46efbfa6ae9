#include "central/record.h"

#include "central/json_fields.h"

namespace wayside::central {

const std::vector<SourceTopic>& source_topics() {
  static const std::vector<SourceTopic> kTopics = [] {
    std::vector<SourceTopic> topics{{kTopicStationInformation, TopicKind::kInformation},
                                    {kTopicAgentHealth, TopicKind::kHealth},
                                    {kTopicDeadLetter, TopicKind::kDeadLetter}};
    for (const Stream stream : kAllStreams) topics.push_back({kafka_topic(stream), TopicKind::kReading, stream});
    return topics;
  }();
  return kTopics;
}

std::int64_t mark_of(const Record& record) {
  const std::uint64_t hash = hash_bytes(record.key, static_cast<std::uint64_t>(record.timestamp.ms));
  return static_cast<std::int64_t>(hash_bytes(record.value, hash + (record.tombstone ? 1 : 0)));
}

}  // namespace wayside::central
