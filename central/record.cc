#include "central/record.h"

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

}  // namespace wayside::central
