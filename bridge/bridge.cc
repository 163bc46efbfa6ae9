#include "bridge/bridge.h"

#include <poll.h>

#include "bridge/bridge_health.h"
#include "common/base/fault_point.h"
#include "common/base/log.h"
#include "common/base/mutant.h"
#include "common/base/program.h"
#include "common/base/service.h"
#include "common/contract/streams.h"

namespace wayside::bridge {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kKafkaTimeoutMs = 5000;
constexpr auto kKafkaLate = std::chrono::seconds{5};
constexpr auto kHealthInterval = std::chrono::seconds{10};
constexpr auto kIdleInterval = std::chrono::seconds{1};
/// A batch that has grown so far is part of a flood: a broker that sends a backlog is not done because it was overtaken for
/// a moment, so the batch waits kLullMs for more when the socket is empty. A smaller one goes to Kafka at once: what comes
/// meanwhile is the next.
constexpr std::uint64_t kFloodMessages = 256;
constexpr int kLullMs = 1;
/// Agents set their clocks by `now`, and a record's time is what central judges its reading by: a machine whose clock is
/// before this program was written knows no time.
constexpr UtcTime kTimeIsKnownFrom{1'760'000'000'000};

int to_ms(std::chrono::steady_clock::duration duration) {
  return static_cast<int>(std::chrono::duration_cast<milliseconds>(duration).count());
}

}  // namespace

Bridge::Bridge(const BridgeSettings& settings, const Clock& clock, StopSignal& stop, BridgeMetrics& metrics,
               BridgeStatus& status)
    : settings_(settings),
      clock_(clock),
      stop_(stop),
      metrics_(metrics),
      status_(status),
      subscriber_(settings.mqtt, static_cast<int>(2 * settings.batch_messages), stop),
      backoff_(milliseconds{250}, milliseconds{2'000}),
      started_at_(clock.wall()) {}

int Bridge::run() {
  service_ready();  // a broker or a Kafka that is away is waited for at any time, so also now
  switch (start_kafka()) {
    case Start::kWrongTopics: return 2;
    case Start::kStopped: return 0;
    case Start::kReady: break;
  }
  while (!stop_.requested()) serve_session();
  finish();
  return 0;
}

/// Waits for Kafka for as long as it takes; wrong topics end the program, because waiting does not mend them.
Bridge::Start Bridge::start_kafka() {
  while (!stop_.requested()) {
    service_alive();
    Status opened = open_producer();
    if (opened.ok()) {
      auto topics = fetch_topics(producer_->handle(), kKafkaTimeoutMs);
      if (topics.ok()) {
        if (const auto partitions = check_topics(*topics); !partitions.ok()) {
          print_error(partitions.error());
          return Start::kWrongTopics;
        }
      } else {
        opened = std::move(topics).error();
      }
    }
    if (opened.ok()) {
      backoff_.reset();
      return Start::kReady;
    }
    log_limited(LogLevel::kWarn, "waiting_for_kafka", "start",
                {{"error", opened.error().message}, {"try", opened.error().hint}});
    stop_.wait(-1, 0, to_ms(backoff_.next()));
  }
  return Start::kStopped;
}

Status Bridge::open_producer() {
  drop_producer();
  auto made = KafkaProducer::create(settings_.kafka, settings_.mqtt.client_id,
                                    [this](milliseconds waited) { return keep_waiting_for_kafka(waited); });
  if (!made) return std::move(made).error();
  producer_ = std::move(*made);
  return {};
}

void Bridge::drop_producer() {
  if (!producer_) return;
  topics_query_.reset();
  delivered_total_ += producer_->delivered_total();
  producer_.reset();
}

/// Asks once for Kafka's settings, beside the work: a cluster that cannot answer must not hold the start up.
void Bridge::learn_topics() {
  if (warnings_) return;
  if (!topics_query_) {
    auto query = TopicSettingsQuery::start(producer_->handle(), kKafkaTimeoutMs);
    if (query.ok()) topics_query_.emplace(std::move(*query));
    return;
  }
  const auto topics = topics_query_->poll(0);
  if (!topics) return;
  topics_query_.reset();
  warnings_ = weaknesses(*topics);
  for (const std::string& warning : *warnings_) log_warn("kafka_weakness", {{"warning", warning}});
  for (const TopicSettings& topic : *topics) {
    log_debug("kafka_topic", {{"topic", topic.name},
                              {"partitions", topic.partitions},
                              {"replicas", topic.replicas},
                              {"retention_ms", topic.retention_ms.value_or(0)}});
  }
  next_health_ = steady_clock::now();
}

/// One connection, from CONNECT to the error or the stop that ends it.
void Bridge::serve_session() {
  Status result = know_time();
  if (result.ok() && !producer_) result = open_producer();
  if (result.ok()) result = subscriber_.connect();
  if (result.ok()) {
    metrics_.count_mqtt_connect();
    next_health_ = steady_clock::now();
  }
  while (result.ok() && !stop_deadline_ && !stop_.requested()) {
    service_alive();
    result = run_batch();
    tell_state();
  }
  if (!result.ok()) recover(result.error());
}

/// Doubt: nothing is written, the held PUBACKs go with the connection.
void Bridge::recover(const Error& error) {
  if (subscriber_.held() > 0) metrics_.count_dropped_batch();
  subscriber_.drop();
  batch_.clear();
  if (producer_ && producer_->failed()) {
    metrics_.count_producer_restart();
    drop_producer();
    log_warn("kafka_producer_dropped", {{"error", error.message}});
  }
  tell_state();
  if (stop_.requested()) return;
  service_alive();
  const auto pause = backoff_.next();
  log_limited(LogLevel::kWarn, "connection_dropped", error.message,
              {{"error", error.message}, {"try", error.hint}, {"again_in_ms", pause.count()}});
  stop_.wait(-1, 0, static_cast<int>(pause.count()));
}

/// Without a time nothing is taken from the broker, which keeps it: records dated 1970 would be refused or age at once.
Status Bridge::know_time() const {
  if (clock_.wall() >= kTimeIsKnownFrom) return {};
  return Error{"this machine's clock stands at " + format_rfc3339(clock_.wall()) + ": nothing is forwarded before it is set",
               "set the clock: timedatectl, chrony"};
}

Status Bridge::run_batch() {
  batch_.clear();
  WAYSIDE_TRY(know_time());
  if (!subscriber_.wait_readable(to_ms(kIdleInterval)) || stop_.requested()) return idle();
  const auto started = steady_clock::now();
  WAYSIDE_TRY(read_batch());
  if (!announced_ && subscriber_.subscribed()) {
    announced_ = true;
    announce_ready("mqtt " + settings_.mqtt.host + ":" + std::to_string(settings_.mqtt.port) + " kafka " +
                   settings_.kafka.brokers);
  }
  if (batch_.empty()) return idle();
  metrics_.set_in_flight(subscriber_.held());
  if (mutant("puback_not_held")) WAYSIDE_TRY(subscriber_.release());
  if (mutant("receipt_before_delivery")) WAYSIDE_TRY(acknowledge(started));
  fault_point("after_produce");
  WAYSIDE_TRY(deliver_batch());
  fault_point("after_delivery");
  WAYSIDE_TRY(acknowledge(started));
  backoff_.reset();
  return idle();
}

Status Bridge::read_batch() {
  const auto deadline = steady_clock::now() + milliseconds{settings_.batch_ms};
  while (!batch_full(deadline)) {
    auto messages = subscriber_.read();
    if (!messages) return std::move(messages).error();
    for (const InboundMessage& message : *messages) intake_.take(message, clock_.wall(), *producer_);
    const int patience_ms = batch_.counts.messages < kFloodMessages ? 0 : kLullMs;
    if (messages->empty() && !subscriber_.wait_readable(patience_ms)) return {};
  }
  return {};
}

bool Bridge::batch_full(Time deadline) const {
  return batch_.counts.messages >= static_cast<std::uint64_t>(settings_.batch_messages) ||
         batch_.counts.bytes >= static_cast<std::uint64_t>(settings_.batch_bytes) || steady_clock::now() >= deadline;
}

Status Bridge::deliver_batch() {
  auto refused = producer_->deliver();
  if (!refused) return std::move(refused).error();
  if (!refused->empty()) WAYSIDE_TRY(settle_refused(*refused));
  if (kafka_late_) log_info("kafka_back", {{"held", subscriber_.held()}});
  kafka_late_ = false;
  return {};
}

/// Kafka refuses whole record batches: a record is guilty only when it is refused alone.
Status Bridge::settle_refused(const std::vector<RefusedRecord>& refused) {
  for (const RefusedRecord& suspect : refused) {
    producer_->add(suspect.record());
    auto again = producer_->deliver();
    while (again.ok() && !again->empty()) {
      const RefusedRecord guilty = again->front();
      log_limited(LogLevel::kWarn, "kafka_refused", guilty.topic,
                  {{"topic", guilty.topic}, {"key", guilty.key}, {"error", guilty.why}});
      WAYSIDE_TRY(intake_.take_refused(guilty, *producer_));
      again = producer_->deliver();
    }
    if (!again) return std::move(again).error();
  }
  return {};
}

Status Bridge::acknowledge(Time started) {
  const auto receipts = batch_.receipts.encode(clock_.wall(), static_cast<std::uint32_t>(settings_.backlog_per_s));
  for (const auto& receipt : receipts) {
    WAYSIDE_TRY(subscriber_.publish(receipt.topic, receipt.payload));
    fault_point("mid_receipt");
  }
  fault_point("before_receipt");
  WAYSIDE_TRY(subscriber_.release());
  fault_point("after_receipt");
  const std::chrono::duration<double> took = steady_clock::now() - started;
  const std::uint64_t delivered = delivered_total_ + producer_->delivered_total();
  metrics_.count_batch(batch_.counts, delivered - counted_records_, receipts.size(), took.count());
  counted_records_ = delivered;
  return {};
}

/// What is done between batches, when no PUBACK is held.
Status Bridge::idle() {
  const auto now = steady_clock::now();
  if (now < next_idle_) return {};
  next_idle_ = now + kIdleInterval;
  producer_->serve();
  learn_topics();
  if (now >= next_health_) {
    next_health_ = now + kHealthInterval;
    WAYSIDE_TRY(publish_health("online"));
  }
  return subscriber_.keep_alive();
}

Status Bridge::publish_health(const char* status) {
  BridgeHealth health;
  health.client_id = settings_.mqtt.client_id;
  health.status = status;
  health.at = clock_.wall();
  health.started_at = started_at_;
  health.received_total = metrics_.received_total();
  health.delivered_total = delivered_total_ + producer_->delivered_total();
  health.dead_letter_total = metrics_.dead_letters_total();
  health.receipts_total = metrics_.receipts_total();
  health.in_flight = subscriber_.held();
  health.warnings = warnings_.value_or(std::vector<std::string>());
  const std::string text = encode_bridge_health(health);
  producer_->add({kTopicAgentHealth, health.key(), text, {}, {}, health.at});
  return deliver_batch();
}

/// Nothing is dropped while Kafka is away: the bridge reads no more, TCP holds the broker, the broker queues.
bool Bridge::keep_waiting_for_kafka(milliseconds waited) {
  service_alive();
  if (stop_.requested()) {
    if (!stop_deadline_) stop_deadline_ = steady_clock::now() + std::chrono::seconds{settings_.stop_timeout_s};
    return steady_clock::now() < *stop_deadline_;
  }
  if (waited >= kKafkaLate) {
    kafka_late_ = true;
    tell_state();
    log_limited(LogLevel::kWarn, "waiting_for_kafka", "delivery",
                {{"held", subscriber_.held()}, {"in_flight", producer_->in_flight()}, {"waited_s", waited.count() / 1000}});
  }
  return true;
}

void Bridge::tell_state() {
  status_.mqtt_connected = subscriber_.connected() && subscriber_.subscribed();
  status_.kafka_connected = producer_ && !kafka_late_ && producer_->reachable();
  metrics_.set_connected(status_.mqtt_connected, status_.kafka_connected);
  metrics_.set_in_flight(subscriber_.held());
}

/// The last batch is acknowledged or dropped by now; goodbye to Kafka first, so that it cannot be told after it is untrue.
void Bridge::finish() {
  service_stopping();
  if (producer_ && !producer_->failed()) {
    if (const Status told = publish_health("offline"); !told.ok()) log_warn("stopping", {{"error", told.error().message}});
  }
  if (subscriber_.connected()) {
    if (const Status left = subscriber_.disconnect(); !left.ok()) log_warn("stopping", {{"error", left.error().message}});
  }
  log_info("stopped", {{"received_total", metrics_.received_total()},
                       {"dead_letters_total", metrics_.dead_letters_total()},
                       {"receipts_total", metrics_.receipts_total()}});
}

}  // namespace wayside::bridge
