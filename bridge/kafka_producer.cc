#include "bridge/kafka_producer.h"

#include <array>

#include "bridge/delivery_verdict.h"
#include "common/base/log.h"

namespace wayside::bridge {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kWaitStepMs = 100;
constexpr std::string_view kSchemaVersion = "1";
constexpr const char* kReconnectMsMaxText = "1000";
/// A reading may have 16 KiB, station information 256 KiB, a dead letter carries at most 256 KiB as base64.
constexpr const char* kMessageBytesMaxText = "1000000";

/// Fills librdkafka's argument list for one record.
class ProduceArguments {
 public:
  void topic(rd_kafka_topic_t* value) { next(RD_KAFKA_VTYPE_RKT).u.rkt = value; }
  void flags(int value) { next(RD_KAFKA_VTYPE_MSGFLAGS).u.i = value; }
  void time(UtcTime value) { next(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = value.ms; }
  void opaque(std::size_t value) {
    next(RD_KAFKA_VTYPE_OPAQUE).u.ptr = reinterpret_cast<void*>(value);  // NOLINT: a number, never followed
  }
  void key(std::string_view value) { memory(RD_KAFKA_VTYPE_KEY, value); }
  void value(std::optional<std::string_view> bytes) {
    if (bytes) memory(RD_KAFKA_VTYPE_VALUE, bytes->data() == nullptr ? std::string_view("") : *bytes);
  }
  void header(const char* name, std::string_view value) {
    if (value.empty()) return;
    rd_kafka_vu_t& argument = next(RD_KAFKA_VTYPE_HEADER);
    argument.u.header.name = name;
    argument.u.header.val = value.data();
    argument.u.header.size = static_cast<ssize_t>(value.size());
  }
  const rd_kafka_vu_t* data() const { return arguments_.data(); }
  std::size_t size() const { return count_; }

 private:
  rd_kafka_vu_t& next(rd_kafka_vtype_t type) {
    WAYSIDE_CHECK(count_ < arguments_.size());
    arguments_[count_].vtype = type;
    return arguments_[count_++];
  }
  void memory(rd_kafka_vtype_t type, std::string_view bytes) {
    rd_kafka_vu_t& argument = next(type);
    argument.u.mem.ptr = const_cast<char*>(bytes.data());  // librdkafka copies (RD_KAFKA_MSG_F_COPY) and does not write
    argument.u.mem.size = bytes.size();
  }

  std::array<rd_kafka_vu_t, 9> arguments_;
  std::size_t count_ = 0;
};

std::string text(const void* bytes, std::size_t size) {
  return size == 0 ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

std::string header(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return "";
  }
  return text(value, size);
}

RefusedRecord copy_of(const rd_kafka_message_t& message, UtcTime time) {
  RefusedRecord copy;
  copy.topic = rd_kafka_topic_name(message.rkt);
  copy.key = text(message.key, message.key_len);
  if (message.payload != nullptr) copy.value = text(message.payload, message.len);
  copy.agent = header(message, "agent");
  copy.stream = header(message, "stream");
  copy.time = time;
  copy.why = rd_kafka_err2str(message.err);
  return copy;
}

RefusedRecord copy_of(const Record& record, rd_kafka_resp_err_t error) {
  RefusedRecord copy;
  copy.topic = record.topic;
  copy.key = record.key;
  if (record.value) copy.value = std::string(*record.value);
  copy.agent = record.agent;
  copy.stream = record.stream;
  copy.time = record.time;
  copy.why = rd_kafka_err2str(error);
  return copy;
}

}  // namespace

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::create(const BridgeKafkaSettings& settings, const std::string& client_id,
                                                             KeepWaiting keep_waiting) {
  auto conf = make_kafka_conf(settings, client_id,
                              {{"enable.idempotence", "true"},
                               {"acks", "all"},
                               {"message.timeout.ms", "0"},
                               {"partitioner", "murmur2"},
                               {"message.max.bytes", kMessageBytesMaxText},
                               {"compression.type", settings.compression},
                               {"linger.ms", std::to_string(settings.linger_ms)},
                               {"socket.nagle.disable", "true"},
                               {"socket.keepalive.enable", "true"},
                               {"reconnect.backoff.max.ms", kReconnectMsMaxText}});
  if (!conf) return std::move(conf).error();
  auto producer = std::unique_ptr<KafkaProducer>(new KafkaProducer(std::move(keep_waiting)));
  rd_kafka_conf_set_opaque(conf->get(), producer.get());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_report);
  rd_kafka_conf_set_error_cb(conf->get(), on_error);
  auto kafka = make_kafka(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!kafka) return std::move(kafka).error();
  producer->kafka_ = std::move(*kafka);
  return producer;
}

KafkaProducer::~KafkaProducer() {
  // Nothing of what is still queued has been acknowledged to anybody.
  if (kafka_) rd_kafka_purge(kafka_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

rd_kafka_topic_t* KafkaProducer::topic(std::string_view name) {
  for (const auto& [known, handle] : topics_) {
    if (known == name) return handle.get();
  }
  const std::string text(name);
  topics_.emplace_back(text, rd_kafka_topic_new(kafka_.get(), text.c_str(), nullptr));
  WAYSIDE_CHECK(topics_.back().second != nullptr);
  return topics_.back().second.get();
}

rd_kafka_resp_err_t KafkaProducer::produce(const Record& record) {
  ProduceArguments arguments;
  arguments.topic(topic(record.topic));
  arguments.flags(RD_KAFKA_MSG_F_COPY);
  arguments.time(record.time);
  arguments.opaque(times_.size());
  arguments.key(record.key);
  arguments.value(record.value);
  arguments.header("agent", record.agent);
  arguments.header("stream", record.stream);
  arguments.header("schema", kSchemaVersion);
  rd_kafka_error_t* error = rd_kafka_produceva(kafka_.get(), arguments.data(), arguments.size());
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const auto code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

void KafkaProducer::add(const Record& record) {
  if (doubt_) return;  // the batch is lost already: it will come again
  const auto start = steady_clock::now();
  rd_kafka_resp_err_t error = produce(record);
  while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    rd_kafka_poll(kafka_.get(), kWaitStepMs);
    check_fatal();
    if (doubt_) return;
    if (!keep_waiting_(std::chrono::duration_cast<milliseconds>(steady_clock::now() - start))) {
      return doubt("given up while Kafka's queue was full");
    }
    error = produce(record);
  }
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++in_flight_;
    times_.push_back(record.time);
  } else if (judge_delivery(error) == DeliveryVerdict::kRefused) {
    refused_.push_back(copy_of(record, error));
  } else {
    doubt(rd_kafka_err2str(error));
  }
}

Result<std::vector<RefusedRecord>> KafkaProducer::deliver() {
  const auto start = steady_clock::now();
  while (in_flight_ > 0 && !doubt_) {
    // flush() sends at once, whatever linger says, and serves the delivery reports.
    rd_kafka_flush(kafka_.get(), kWaitStepMs);
    check_fatal();
    if (in_flight_ > 0 && !doubt_ && !keep_waiting_(std::chrono::duration_cast<milliseconds>(steady_clock::now() - start))) {
      doubt("given up before Kafka had answered");
    }
  }
  if (doubt_) return Error{"writing to Kafka: " + *doubt_, ""};
  times_.clear();
  return std::exchange(refused_, {});
}

void KafkaProducer::serve() { rd_kafka_poll(kafka_.get(), 0); }

void KafkaProducer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  static_cast<KafkaProducer*>(self)->report(*message);
}

void KafkaProducer::report(const rd_kafka_message_t& message) {
  --in_flight_;
  switch (judge_delivery(message.err)) {
    case DeliveryVerdict::kDelivered:
      ++delivered_total_;
      reachable_ = true;
      return;
    case DeliveryVerdict::kRefused:
      refused_.push_back(copy_of(message, times_.at(reinterpret_cast<std::size_t>(message._private))));
      return;
    case DeliveryVerdict::kDoubt:
      return doubt(std::string(rd_kafka_topic_name(message.rkt)) + ": " + rd_kafka_err2str(message.err));
  }
}

void KafkaProducer::on_error(rd_kafka_t*, int error, const char* reason, void* self) {
  auto* producer = static_cast<KafkaProducer*>(self);
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) producer->reachable_ = false;
  if (error == RD_KAFKA_RESP_ERR__FATAL) return producer->check_fatal();
  log_limited(LogLevel::kWarn, "kafka_error", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error)), {{"error", reason}});
}

void KafkaProducer::check_fatal() {
  std::array<char, 512> why{};
  const auto error = rd_kafka_fatal_error(kafka_.get(), why.data(), why.size());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) doubt(std::string(rd_kafka_err2name(error)) + " (fatal): " + why.data());
}

void KafkaProducer::doubt(std::string why) {
  if (!doubt_) doubt_ = std::move(why);  // the first word names the cause, the others follow from it
}

}  // namespace wayside::bridge
