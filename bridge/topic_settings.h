#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::bridge {

/// What the guarantee depends on (DESIGN section 5, c and d), for one topic of the contract. Absent: not known.
struct TopicSettings {
  std::string name;
  bool compacted = false;  ///< what the contract says
  int partitions = 0;
  int replicas = 0;
  std::optional<std::int64_t> min_insync_replicas;
  std::optional<std::int64_t> flush_messages;  ///< log.flush.interval.messages as it holds for this topic
  std::optional<std::int64_t> retention_ms;    ///< -1: for ever
  std::optional<std::string> cleanup_policy;
};

/// A question to the cluster that may take its time: a cluster without DescribeConfigs never answers it. Must go before
/// the Kafka handle. Not thread-safe.
class TopicSettingsQuery {
 public:
  /// Partitions and replicas come from metadata at once, blocking for up to `timeout_ms`; topics that do not exist are
  /// left out. The rest is asked for and given up after `timeout_ms`.
  static Result<TopicSettingsQuery> start(rd_kafka_t* kafka, int timeout_ms);

  /// Waits up to `wait_ms`; nothing: no answer yet. Where the question is not supported or not allowed, the answer
  /// comes with absent fields. Call it again only while there is no answer.
  std::optional<std::vector<TopicSettings>> poll(int wait_ms);

 private:
  explicit TopicSettingsQuery(std::vector<TopicSettings> topics) : topics_(std::move(topics)) {}
  void ask(rd_kafka_t* kafka, int timeout_ms);

  std::vector<TopicSettings> topics_;
  KafkaQueue queue_;
};

/// True when Kafka keeps an acknowledged record through a power cut: three replicas with min.insync.replicas of 2 or
/// more, or a flush at every message. False: through `kill -9` only. Nothing: cannot be known.
std::optional<bool> survives_power_cut(const TopicSettings& topic);

/// Sentences for log and health about everything that is weaker than the guarantee wants; empty when all is well.
std::vector<std::string> weaknesses(const std::vector<TopicSettings>& topics);

}  // namespace wayside::bridge
