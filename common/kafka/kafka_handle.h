#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/settings.h"

namespace wayside {

struct KafkaConfDestroy {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
struct KafkaDestroy {
  void operator()(rd_kafka_t* kafka) const { rd_kafka_destroy(kafka); }
};
struct KafkaMessageDestroy {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
struct KafkaPartitionsDestroy {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
struct KafkaQueueDestroy {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaConfDestroy>;
/// Destroying a producer drops what is queued: flush first where that matters.
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaDestroy>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaMessageDestroy>;
using KafkaPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaPartitionsDestroy>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, KafkaQueueDestroy>;

struct KafkaSettings : SettingsGroup {
  std::string brokers = "127.0.0.1:9092";
  std::string security_protocol = "plaintext";
  std::string sasl_mechanism = "SCRAM-SHA-512";
  std::string username;
  Secret password;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// A configuration with brokers, security and logging set, plus `options` of librdkafka.
Result<KafkaConf> make_kafka_conf(const KafkaSettings& settings, const std::string& client_id,
                                  const std::map<std::string, std::string>& options);
/// Takes the configuration; the handle's log lines come out as event=kafka.
Result<KafkaHandle> make_kafka(rd_kafka_type_t type, KafkaConf conf);

struct KafkaTopicMetadata {
  std::string name;
  int partitions = 0;
};
/// All topics of the cluster. Blocks up to `timeout_ms`.
Result<std::vector<KafkaTopicMetadata>> fetch_topics(rd_kafka_t* kafka, int timeout_ms);
/// The cluster's id; an error when no broker answers within `timeout_ms`.
Result<std::string> fetch_cluster_id(rd_kafka_t* kafka, int timeout_ms);

/// Holds the contract's topics against the cluster: all there, one partition count for all. Returns that count; the
/// error names the topics and says `wayside-bridge topics`.
Result<int> check_topics(const std::vector<KafkaTopicMetadata>& topics);

}  // namespace wayside
