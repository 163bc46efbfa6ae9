#include "bridge/topic_settings.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "common/contract/streams.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::bridge {
namespace {

constexpr std::int64_t kRetentionMsMin = 24LL * 3600 * 1000;
constexpr int kReplicasSafe = 3;
constexpr std::int64_t kInsyncSafe = 2;

struct EventDestroy {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct ConfigResourceDestroy {
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
};
struct AdminOptionsDestroy {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};

TopicSettings* find(std::vector<TopicSettings>& topics, const char* name) {
  const auto found = std::find_if(topics.begin(), topics.end(), [&](const TopicSettings& topic) { return topic.name == name; });
  return found == topics.end() ? nullptr : &*found;
}

Result<std::vector<TopicSettings>> fetch_layout(rd_kafka_t* kafka, int timeout_ms) {
  const rd_kafka_metadata_t* raw = nullptr;
  if (const auto error = rd_kafka_metadata(kafka, 1, nullptr, &raw, timeout_ms); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{std::string("asking Kafka for its topics: ") + rd_kafka_err2str(error),
                 "check kafka.brokers and that Kafka runs"};
  }
  const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> metadata(raw,
                                                                                                  rd_kafka_metadata_destroy);
  std::vector<TopicSettings> topics;
  for (const KafkaTopic& wanted : kafka_topics()) {
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      const rd_kafka_metadata_topic_t& found = metadata->topics[i];
      if (wanted.name != found.topic || found.partition_cnt == 0) continue;
      TopicSettings topic;
      topic.name = found.topic;
      topic.compacted = wanted.compacted;
      topic.partitions = found.partition_cnt;
      topic.replicas = found.partitions[0].replica_cnt;
      for (int p = 1; p < found.partition_cnt; ++p) topic.replicas = std::min(topic.replicas, found.partitions[p].replica_cnt);
      topics.push_back(std::move(topic));
    }
  }
  return topics;
}

void read_entry(TopicSettings& topic, const rd_kafka_ConfigEntry_t* entry) {
  const std::string name = rd_kafka_ConfigEntry_name(entry);
  const char* raw = rd_kafka_ConfigEntry_value(entry);
  const std::string value = raw == nullptr ? "" : raw;
  const std::int64_t number = std::strtoll(value.c_str(), nullptr, 10);
  if (name == "min.insync.replicas") topic.min_insync_replicas = number;
  if (name == "flush.messages") topic.flush_messages = number;
  if (name == "retention.ms") topic.retention_ms = number;
  if (name == "cleanup.policy") topic.cleanup_policy = value;
}

void read_answer(rd_kafka_event_t* event, std::vector<TopicSettings>& topics) {
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** results =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    TopicSettings* topic = find(topics, rd_kafka_ConfigResource_name(results[i]));
    if (topic == nullptr || rd_kafka_ConfigResource_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::size_t entries = 0;
    const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(results[i], &entries);
    for (std::size_t e = 0; e < entries; ++e) read_entry(*topic, entry[e]);
  }
}

/// `sentence` once, with the names of all topics it holds for.
template <class Holds>
void add_weakness(std::vector<std::string>& out, const std::vector<TopicSettings>& topics, const std::string& sentence,
                  Holds holds) {
  std::string names;
  std::size_t count = 0;
  for (const TopicSettings& topic : topics) {
    if (!holds(topic)) continue;
    names += (names.empty() ? "" : ", ") + topic.name;
    ++count;
  }
  if (count > 0) out.push_back(sentence + (count == topics.size() ? " (all topics)" : " (" + names + ")"));
}

}  // namespace

Result<TopicSettingsQuery> TopicSettingsQuery::start(rd_kafka_t* kafka, int timeout_ms) {
  auto topics = fetch_layout(kafka, timeout_ms);
  if (!topics) return std::move(topics).error();
  TopicSettingsQuery query(std::move(*topics));
  if (!query.topics_.empty()) query.ask(kafka, timeout_ms);
  return query;
}

void TopicSettingsQuery::ask(rd_kafka_t* kafka, int timeout_ms) {
  std::vector<std::unique_ptr<rd_kafka_ConfigResource_t, ConfigResourceDestroy>> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const TopicSettings& topic : topics_) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
    resources.push_back(owned.back().get());
  }
  const std::unique_ptr<rd_kafka_AdminOptions_t, AdminOptionsDestroy> options(
      rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, nullptr, 0);
  queue_.reset(rd_kafka_queue_new(kafka));
  rd_kafka_DescribeConfigs(kafka, resources.data(), resources.size(), options.get(), queue_.get());
}

std::optional<std::vector<TopicSettings>> TopicSettingsQuery::poll(int wait_ms) {
  if (queue_) {
    const std::unique_ptr<rd_kafka_event_t, EventDestroy> event(rd_kafka_queue_poll(queue_.get(), wait_ms));
    if (!event) return std::nullopt;
    if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR) read_answer(event.get(), topics_);
  }
  return std::move(topics_);
}

std::optional<bool> survives_power_cut(const TopicSettings& topic) {
  if (topic.flush_messages == 1) return true;
  if (topic.replicas >= kReplicasSafe) {
    if (!topic.min_insync_replicas) return std::nullopt;
    return *topic.min_insync_replicas >= kInsyncSafe;
  }
  if (!topic.flush_messages) return std::nullopt;
  return false;
}

std::vector<std::string> weaknesses(const std::vector<TopicSettings>& topics) {
  std::vector<std::string> out;
  add_weakness(
      out, topics,
      "readings survive kill -9 of Kafka but not a power cut: no 3 replicas with min.insync.replicas=2, no flush.messages=1",
      [](const TopicSettings& topic) { return survives_power_cut(topic) == false; });
  add_weakness(out, topics, "Kafka does not tell its topic settings: whether readings survive a power cut is not known",
               [](const TopicSettings& topic) { return !survives_power_cut(topic); });
  add_weakness(out, topics, "retention is under 24 h: central must come back within it", [](const TopicSettings& topic) {
    return !topic.compacted && topic.retention_ms && *topic.retention_ms >= 0 && *topic.retention_ms < kRetentionMsMin;
  });
  add_weakness(out, topics, "cleanup.policy is not what the contract says", [](const TopicSettings& topic) {
    return topic.cleanup_policy && *topic.cleanup_policy != (topic.compacted ? "compact" : "delete");
  });
  return out;
}

}  // namespace wayside::bridge
