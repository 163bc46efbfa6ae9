#include "central/kafka_source.h"

#include <algorithm>

#include "central/bronze_format.h"
#include "central/kafka_pulse.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAskTimeoutMs = 5000;
constexpr int kMarkPollMs = 100;
constexpr auto kIdleWait = std::chrono::milliseconds(100);
constexpr auto kClusterCheck = std::chrono::seconds(1);

std::map<std::string, std::string> consumer_options(const std::string& client_id) {
  return {{"group.id", client_id},  // assign() wants one; nothing is ever committed under it
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},  // never skip silently
          {"check.crcs", "true"},
          {"fetch.error.backoff.ms", "50"},
          {"fetch.wait.max.ms", "50"},
          {"queued.min.messages", "100000"},
          {"queued.max.messages.kbytes", "16384"},
          {"topic.metadata.refresh.interval.ms", "10000"},
          {"reconnect.backoff.max.ms", "1000"}};
}

/// `more` overrides.
Result<KafkaHandle> make_consumer(const KafkaSettings& settings, const std::string& client_id,
                                  std::map<std::string, std::string> more = {}) {
  more.merge(consumer_options(client_id));
  auto conf = make_kafka_conf(settings, client_id, more);
  if (!conf) return std::move(conf).error();
  auto kafka = make_kafka(RD_KAFKA_CONSUMER, std::move(*conf));
  if (kafka.ok()) rd_kafka_poll_set_consumer(kafka->get());
  return kafka;
}

class KafkaSource final : public RecordSource {
 public:
  KafkaSource(KafkaHandle kafka, KafkaSettings settings, std::string client_id, bool with_headers)
      : kafka_(std::move(kafka)),
        settings_(std::move(settings)),
        client_id_(std::move(client_id)),
        with_headers_(with_headers),
        pulse_(kafka_.get()) {}
  ~KafkaSource() override { rd_kafka_consumer_close(kafka_.get()); }

  Result<SourceCluster> find_cluster() override {
    auto topics = fetch_topics(kafka_.get(), kAskTimeoutMs);
    if (!topics) return std::move(topics).error();
    auto partitions = check_topics(*topics);
    if (!partitions) return std::move(partitions).error();
    auto id = fetch_cluster_id(kafka_.get(), kAskTimeoutMs);
    if (!id) return std::move(id).error();
    cluster_id_ = *id;
    pulse_.heard();
    return SourceCluster{*id, *partitions};
  }

  Result<std::map<PartitionId, LogBounds>> bounds(const std::vector<PartitionId>& partitions) override {
    // As times, -2 and -1 ask for the earliest and for the next offset (ListOffsets of the Kafka protocol).
    auto lows = offsets_at(partitions, RD_KAFKA_OFFSET_BEGINNING);
    if (!lows) return std::move(lows).error();
    auto highs = offsets_at(partitions, RD_KAFKA_OFFSET_END);
    if (!highs) return std::move(highs).error();
    std::map<PartitionId, LogBounds> bounds;
    for (const auto& [id, low] : *lows) bounds[id] = {low, std::max(low, (*highs)[id])};
    return bounds;
  }

  /// With a consumer of its own, so that nothing is fetched twice or out of turn.
  Result<std::map<PartitionId, std::int64_t>> marks(const std::map<PartitionId, std::int64_t>& offsets) override {
    if (offsets.empty()) return std::map<PartitionId, std::int64_t>();
    auto reader = make_consumer(settings_, client_id_ + "-marks", {{"enable.partition.eof", "true"}});
    if (!reader) return std::move(reader).error();
    auto marks = read_marks(reader->get(), offsets);
    rd_kafka_consumer_close(reader->get());
    return marks;
  }

  Status assign(const Assignment& assignment) override {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(assignment.size())));
    assigned_.clear();
    for (const auto& [id, offset] : assignment) {
      add(*list, id)->offset = offset.value_or(RD_KAFKA_OFFSET_BEGINNING);
      assigned_.push_back(id);
    }
    const auto error = rd_kafka_assign(kafka_.get(), list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Error{std::string("assigning partitions: ") + rd_kafka_err2str(error), {}};
    return {};
  }

  PollResult poll(RecordBatch& batch, std::size_t records_max, std::chrono::milliseconds wait) override {
    if (cluster_changed()) return {PollOutcome::kClusterChanged, {}};
    if (pulse_.silent()) return {PollOutcome::kNoAnswer, no_answer()};
    auto deadline = Clock::now() + kIdleWait;
    while (batch.records.size() < records_max) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      rd_kafka_message_t* raw = rd_kafka_consumer_poll(kafka_.get(), static_cast<int>(std::max<std::int64_t>(0, left)));
      if (raw == nullptr) break;
      std::shared_ptr<rd_kafka_message_t> message(raw, KafkaMessageDestroy());
      if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        return {PollOutcome::kOutOfRange, describe(*message)};
      }
      if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || message->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
          message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
        return {PollOutcome::kTopicGone, describe(*message)};
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log_limited(LogLevel::kWarn, "kafka_consumer", rd_kafka_err2name(message->err), {{"error", describe(*message)}});
        continue;
      }
      if (batch.records.empty()) deadline = Clock::now() + wait;
      batch.records.push_back(to_record(*message));
      if (with_headers_) batch.headers.push_back(encode_headers(*message));
      batch.owners.push_back(std::move(message));
    }
    if (!batch.records.empty()) pulse_.heard();
    return {};
  }

  std::map<PartitionId, std::int64_t> high_watermarks() const override {
    std::map<PartitionId, std::int64_t> highs;
    for (const PartitionId& id : assigned_) {
      std::int64_t low = 0;
      std::int64_t high = -1;
      const char* topic = source_topics()[id.topic].name.data();
      rd_kafka_get_watermark_offsets(kafka_.get(), topic, id.partition, &low, &high);
      if (high >= 0) highs[id] = high;
    }
    return highs;
  }

 private:
  // The names in source_topics() are literals, so data() ends with a zero.
  static rd_kafka_topic_partition_t* add(rd_kafka_topic_partition_list_t& list, const PartitionId& id) {
    return rd_kafka_topic_partition_list_add(&list, source_topics()[id.topic].name.data(), id.partition);
  }

  static std::size_t topic_index(std::string_view name) {
    const auto& topics = source_topics();
    const auto found = std::find_if(topics.begin(), topics.end(), [name](const auto& topic) { return topic.name == name; });
    WAYSIDE_CHECK(found != topics.end());
    return static_cast<std::size_t>(found - topics.begin());
  }

  std::string no_answer() const {
    return "Kafka at " + settings_.brokers + " has not answered for " + std::to_string(KafkaPulse::kSilenceMax.count()) + " s";
  }

  static std::string describe(const rd_kafka_message_t& message) {
    std::string text = rd_kafka_message_errstr(&message);
    if (message.rkt != nullptr) {
      text.append(" (").append(rd_kafka_topic_name(message.rkt)).append("/").append(std::to_string(message.partition));
      text.append(" offset ").append(std::to_string(message.offset)).append(")");
    }
    return text;
  }

  Result<std::map<PartitionId, std::int64_t>> offsets_at(const std::vector<PartitionId>& partitions, std::int64_t which) {
    std::map<PartitionId, std::int64_t> offsets;
    if (partitions.empty()) return offsets;
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const PartitionId& id : partitions) add(*list, id)->offset = which;
    const auto error = rd_kafka_offsets_for_times(kafka_.get(), list.get(), kAskTimeoutMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Error{std::string("asking Kafka for its offsets: ") + rd_kafka_err2str(error), "check that Kafka runs"};
    }
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& item = list->elems[i];
      if (item.err != RD_KAFKA_RESP_ERR_NO_ERROR || item.offset < 0) {
        return Error{std::string("asking Kafka for the offsets of ") + item.topic + ": " + rd_kafka_err2str(item.err),
                     "check that Kafka runs"};
      }
      offsets[{topic_index(item.topic), item.partition}] = item.offset;
    }
    return offsets;
  }

  Result<std::map<PartitionId, std::int64_t>> read_marks(rd_kafka_t* reader,
                                                         const std::map<PartitionId, std::int64_t>& offsets) {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
    for (const auto& [id, offset] : offsets) add(*list, id)->offset = offset;
    if (const auto error = rd_kafka_assign(reader, list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Error{std::string("assigning partitions: ") + rd_kafka_err2str(error), {}};
    }
    std::map<PartitionId, std::int64_t> marks;
    auto waiting = offsets;
    const auto deadline = Clock::now() + std::chrono::milliseconds(kAskTimeoutMs);
    while (!waiting.empty()) {
      if (Clock::now() >= deadline) return Error{"reading the marked records: Kafka does not answer", "check that Kafka runs"};
      const KafkaMessage message(rd_kafka_consumer_poll(reader, kMarkPollMs));
      if (message == nullptr || message->rkt == nullptr) continue;
      const PartitionId id{topic_index(rd_kafka_topic_name(message->rkt)), message->partition};
      const auto wanted = waiting.find(id);
      if (wanted == waiting.end()) continue;
      const bool end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !end) {
        return Error{"reading the marked records: " + describe(*message), "check that Kafka runs"};
      }
      if (!end && message->offset == wanted->second) marks[id] = mark_of(to_record(*message));
      // A compacted topic may have let the record go; what stands behind it says nothing.
      waiting.erase(wanted);
    }
    last_topic_ = nullptr;  // it was the reader's
    return marks;
  }

  Record to_record(const rd_kafka_message_t& message) {
    Record record;
    if (message.rkt != last_topic_) {
      last_topic_ = message.rkt;
      last_index_ = topic_index(rd_kafka_topic_name(message.rkt));
    }
    record.topic = last_index_;
    record.partition = message.partition;
    record.offset = message.offset;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    record.timestamp = UtcTime{rd_kafka_message_timestamp(&message, &type)};
    record.key = {static_cast<const char*>(message.key), message.key_len};
    record.tombstone = message.payload == nullptr;
    if (!record.tombstone) record.value = {static_cast<const char*>(message.payload), message.len};
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_header_get_last(headers, "agent", &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR && value != nullptr) {
      record.agent = {static_cast<const char*>(value), size};
    }
    return record;
  }

  static std::string encode_headers(const rd_kafka_message_t& message) {
    std::string bytes;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return bytes;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      append_bronze_header(bytes, name, value, size);
    }
    return bytes;
  }

  /// librdkafka takes over the id of whatever cluster answers its metadata requests.
  bool cluster_changed() {
    if (Clock::now() < next_check_) return false;
    next_check_ = Clock::now() + kClusterCheck;
    auto id = fetch_cluster_id(kafka_.get(), 0);
    return id.ok() && *id != cluster_id_;
  }

  KafkaHandle kafka_;
  KafkaSettings settings_;
  std::string client_id_;
  bool with_headers_;
  std::string cluster_id_;
  std::vector<PartitionId> assigned_;
  const rd_kafka_topic_t* last_topic_ = nullptr;
  std::size_t last_index_ = 0;
  Clock::time_point next_check_;
  KafkaPulse pulse_;  // last: its thread uses kafka_
};

}  // namespace

Result<std::unique_ptr<RecordSource>> make_kafka_source(const KafkaSettings& settings, const std::string& client_id,
                                                        bool with_headers) {
  auto kafka = make_consumer(settings, client_id);
  if (!kafka) return std::move(kafka).error();
  return std::unique_ptr<RecordSource>(std::make_unique<KafkaSource>(std::move(*kafka), settings, client_id, with_headers));
}

}  // namespace wayside::central
