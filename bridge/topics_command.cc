#include "bridge/topics_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bridge/topic_settings.h"
#include "common/base/program.h"
#include "common/contract/streams.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::bridge {
namespace {

constexpr int kTimeoutMs = 15'000;
constexpr int kDescribeTimeoutMs = 3000;
constexpr int kShowTriesMax = 50;
constexpr auto kShowPause = std::chrono::milliseconds{200};
constexpr std::int64_t kReplicasForTwoInsync = 3;

struct NewTopicDestroy {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDestroy>;
struct EventDestroy {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct AdminOptionsDestroy {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};

Result<NewTopic> plan_topic(const BridgeKafkaSettings& settings, const KafkaTopic& wanted) {
  const std::string name(wanted.name);
  std::array<char, 256> why{};
  NewTopic topic(rd_kafka_NewTopic_new(name.c_str(), static_cast<int>(settings.partitions),
                                       static_cast<int>(settings.replication_factor), why.data(), why.size()));
  if (!topic) return Error{"topic " + name + ": " + why.data(), "check kafka.partitions and kafka.replication_factor"};
  const auto set = [&topic](const char* key, const std::string& value) {
    rd_kafka_NewTopic_set_config(topic.get(), key, value.c_str());
  };
  set("cleanup.policy", wanted.compacted ? "compact" : "delete");
  if (!wanted.compacted) set("retention.ms", std::to_string(settings.retention_hours * 3600 * 1000));
  if (settings.replication_factor >= kReplicasForTwoInsync) set("min.insync.replicas", "2");
  return topic;
}

Status check_results(const rd_kafka_event_t* event) {
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(const_cast<rd_kafka_event_t*>(event)), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    return Error{
        std::string("creating topic ") + rd_kafka_topic_result_name(results[i]) + ": " +
            (text == nullptr ? rd_kafka_err2str(error) : text),
        error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ? "kafka.replication_factor: at most the number of brokers" : ""};
  }
  return {};
}

Status create_topics(rd_kafka_t* kafka, const BridgeKafkaSettings& settings, const std::vector<KafkaTopic>& missing) {
  std::vector<NewTopic> owned;
  std::vector<rd_kafka_NewTopic_t*> topics;
  for (const KafkaTopic& wanted : missing) {
    auto topic = plan_topic(settings, wanted);
    if (!topic) return std::move(topic).error();
    topics.push_back(topic->get());
    owned.push_back(std::move(*topic));
  }
  const std::unique_ptr<rd_kafka_AdminOptions_t, AdminOptionsDestroy> options(
      rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kTimeoutMs, nullptr, 0);  // until every broker knows them
  const KafkaQueue queue(rd_kafka_queue_new(kafka));
  rd_kafka_CreateTopics(kafka, topics.data(), topics.size(), options.get(), queue.get());
  const std::unique_ptr<rd_kafka_event_t, EventDestroy> event(rd_kafka_queue_poll(queue.get(), 2 * kTimeoutMs));
  if (!event) return Error{"creating topics: Kafka does not answer", "check kafka.brokers and that Kafka runs"};
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{std::string("creating topics: ") + rd_kafka_event_error_string(event.get()),
                 "check the rights of kafka.username"};
  }
  return check_results(event.get());
}

std::string or_unknown(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "?"; }

void print_table(const std::vector<TopicSettings>& topics, const std::vector<KafkaTopic>& created) {
  std::printf("%-20s %10s %8s %9s %-10s %s\n", "topic", "partitions", "replicas", "clean-up", "retention", "");
  for (const TopicSettings& topic : topics) {
    const bool fresh =
        std::any_of(created.begin(), created.end(), [&](const KafkaTopic& made) { return made.name == topic.name; });
    std::string retention = topic.compacted ? "-" : "?";
    if (!topic.compacted && topic.retention_ms) {
      retention = *topic.retention_ms < 0 ? "for ever" : or_unknown(*topic.retention_ms / 3'600'000) + " h";
    }
    std::printf("%-20s %10d %8d %9s %-10s %s\n", topic.name.c_str(), topic.partitions, topic.replicas,
                topic.cleanup_policy.value_or("?").c_str(), retention.c_str(), fresh ? "created" : "was there");
  }
}

/// A topic that was just created takes a moment to be known everywhere.
Result<std::vector<TopicSettings>> show_topics(rd_kafka_t* kafka) {
  for (int tries = 0; tries < kShowTriesMax; ++tries) {
    auto query = TopicSettingsQuery::start(kafka, kDescribeTimeoutMs);
    if (!query) return std::move(query).error();
    auto topics = query->poll(2 * kDescribeTimeoutMs).value_or(std::vector<TopicSettings>());
    if (topics.size() == kafka_topics().size()) return topics;
    std::this_thread::sleep_for(kShowPause);
  }
  return Error{"the topics were created, but Kafka does not show all of them", "run it again"};
}

Status make_topics(const BridgeSettings& settings) {
  auto conf = make_kafka_conf(settings.kafka, settings.mqtt.client_id, {});
  if (!conf) return std::move(conf).error();
  auto kafka = make_kafka(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!kafka) return std::move(kafka).error();
  auto topics = fetch_topics(kafka->get(), kTimeoutMs);
  if (!topics) return std::move(topics).error();
  std::vector<KafkaTopic> missing;
  for (const KafkaTopic& wanted : kafka_topics()) {
    const auto found =
        std::find_if(topics->begin(), topics->end(), [&](const auto& topic) { return topic.name == wanted.name; });
    if (found == topics->end() || found->partitions == 0) {
      missing.push_back(wanted);
    } else if (found->partitions != settings.kafka.partitions) {
      return Error{"topic " + found->name + " has " + std::to_string(found->partitions) +
                       " partitions, kafka.partitions says " + std::to_string(settings.kafka.partitions),
                   "set kafka.partitions to " + std::to_string(found->partitions) + ": the count is fixed for life"};
    }
  }
  if (!missing.empty()) WAYSIDE_TRY(create_topics(kafka->get(), settings.kafka, missing));
  auto made = show_topics(kafka->get());
  if (!made) return std::move(made).error();
  print_table(*made, missing);
  return {};
}

}  // namespace

int run_topics_command(const BridgeSettings& settings) {
  if (const Status made = make_topics(settings); !made.ok()) {
    print_error(made.error());
    return 1;
  }
  return 0;
}

}  // namespace wayside::bridge
