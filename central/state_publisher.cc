#include "central/state_publisher.h"

#include <algorithm>

#include "central/json_fields.h"
#include "central/station_row.h"
#include "common/base/log.h"
#include "common/contract/streams.h"

namespace wayside::central {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTimeoutMs = 5000;
constexpr int kPollMs = 100;
constexpr auto kRetry = std::chrono::milliseconds(1000);
constexpr auto kPublishEvery = std::chrono::milliseconds(50);
constexpr auto kClusterCheck = std::chrono::seconds(1);
constexpr std::size_t kOnTheirWayMax = 10'000;
/// Records that a central which keeps up may be behind.
constexpr std::int64_t kLagMax = 1000;

const std::string kTopic(kTopicStationState);

bool has_caught_up(const IngestReport& ingest) {
  const auto kept_up = [](const PartitionStatus& each) { return each.high_watermark >= 0 && each.lag() <= kLagMax; };
  return ingest.state == IngestState::kFolding && !ingest.partitions.empty() &&
         std::all_of(ingest.partitions.begin(), ingest.partitions.end(), kept_up);
}

}  // namespace

Result<std::unique_ptr<StatePublisher>> StatePublisher::open(const KafkaSettings& settings, const std::string& client_id) {
  std::unique_ptr<StatePublisher> publisher(new StatePublisher(settings, client_id));
  if (auto made = publisher->make_producer(); !made.ok()) return std::move(made).error().while_doing("publish_state");
  publisher->thread_ = std::jthread([self = publisher.get()](const std::stop_token& stop) { self->run(stop); });
  return publisher;
}

StatePublisher::StatePublisher(KafkaSettings settings, std::string client_id)
    : settings_(std::move(settings)), client_id_(std::move(client_id)) {}

StatePublisher::~StatePublisher() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Status StatePublisher::make_producer() {
  auto conf = make_kafka_conf(settings_, client_id_,
                              {{"acks", "all"},
                               {"enable.idempotence", "true"},
                               {"linger.ms", "5"},
                               {"message.timeout.ms", "60000"},
                               {"partitioner", "murmur2"},
                               {"queue.buffering.max.messages", "20000"}});
  if (!conf) return std::move(conf).error();
  rd_kafka_conf_set_opaque(conf->get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
  auto producer = make_kafka(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!producer) return std::move(producer).error();
  producer_ = std::move(*producer);
  topic_.reset(rd_kafka_topic_new(producer_.get(), kTopic.c_str(), nullptr));
  if (topic_ == nullptr) return Error{std::string("topic: ") + rd_kafka_err2str(rd_kafka_last_error()), ""};
  return {};
}

// ---- the main loop's side ----

void StatePublisher::look_at(const Board& board, const IngestStatus& ingest) {
  bool all = false;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    all = wants_all_;
    waits = !caught_up_;
  }
  const bool caught_up = !waits || has_caught_up(ingest.read());
  const std::uint64_t known = all ? 0 : version_;
  std::map<std::string, State> changed;
  if (board.version() != known) {
    for (const auto& [id, station] : board.stations()) {
      if (station->version > known) changed[id] = state_json(*station);
    }
  }
  version_ = board.version();
  const std::lock_guard lock(mutex_);
  for (auto& [id, state] : changed) {
    on_board_.insert(id);
    mail_[id] = std::move(state);
  }
  if (all) wants_all_ = false;
  if (waits) caught_up_ = caught_up;
}

void StatePublisher::station_gone(const std::string& id) {
  const std::lock_guard lock(mutex_);
  on_board_.erase(id);
  mail_[id] = std::nullopt;
}

StatePublisherCounters StatePublisher::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

// ---- the thread's side ----

/// False: stop.
bool StatePublisher::wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

void StatePublisher::run(const std::stop_token& stop) {
  do {
    if (auto read = read_topic(stop); !read.ok()) {
      log_limited(LogLevel::kWarn, "state_topic", "read", {{"error", read.error().message}, {"try", read.error().hint}});
      continue;
    }
    if (stop.stop_requested()) return;
    log_info("publishing_state", {{"topic", kTopic}, {"cluster", cluster_id_}, {"stations_there", published_.size()}});
    follow_board(stop);
  } while (wait(stop, kRetry));
}

/// Until another cluster answers.
void StatePublisher::follow_board(const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    wants_all_ = true;
    caught_up_ = false;
  }
  bool buried = false;
  auto next_check = Clock::now();
  do {
    take_mail();
    buried = buried || bury_the_gone();
    publish();
    if (Clock::now() < next_check) continue;
    next_check = Clock::now() + kClusterCheck;
    const auto cluster = fetch_cluster_id(producer_.get(), 0);
    if (cluster.ok() && *cluster != cluster_id_) return;
  } while (wait(stop, kPublishEvery));
}

void StatePublisher::take_mail() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, state] : mail_) waiting_[id] = std::move(state);
  mail_.clear();
  counters_.waiting = waiting_.size() + sent_.size();
}

/// What lies in the topic and is on no board went while nobody published. False: it is too early to know.
bool StatePublisher::bury_the_gone() {
  const std::lock_guard lock(mutex_);
  if (wants_all_ || !caught_up_) return false;
  for (const auto& [id, hash] : published_) {
    if (!on_board_.contains(id)) waiting_.try_emplace(id, std::nullopt);
  }
  return true;
}

void StatePublisher::publish() {
  rd_kafka_poll(producer_.get(), 0);
  for (auto place = waiting_.begin(); place != waiting_.end();) {
    const auto& [id, state] = *place;
    // Not two of one station on their way: the older one might fail after the newer one's success.
    if (sent_.contains(id)) {
      ++place;
      continue;
    }
    const auto known = published_.find(id);
    const bool there = known != published_.end();
    const bool same = state ? there && known->second == hash_bytes(*state) : !there;
    if (!same && (sent_.size() >= kOnTheirWayMax || !send(id, state))) break;
    place = waiting_.erase(place);
  }
}

/// False: Kafka's queue is full, or it refuses.
bool StatePublisher::send(const std::string& id, const State& state) {
  // librdkafka copies both.
  void* const bytes = state ? const_cast<char*>(state->data()) : nullptr;
  if (rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, bytes, state ? state->size() : 0, id.data(),
                       id.size(), nullptr) != 0) {
    const auto error = rd_kafka_last_error();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      log_limited(LogLevel::kWarn, "state_topic", "produce", {{"error", rd_kafka_err2str(error)}});
    }
    return false;
  }
  sent_[id] = state;
  return true;
}

/// Called by rd_kafka_poll, on our thread.
void StatePublisher::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* context) {
  const std::string id(static_cast<const char*>(message->key), message->key_len);
  static_cast<StatePublisher*>(context)->delivered(id, message->err);
}

void StatePublisher::delivered(const std::string& id, rd_kafka_resp_err_t error) {
  auto sent = sent_.extract(id);
  if (sent.empty()) return;
  State& state = sent.mapped();
  const std::lock_guard lock(mutex_);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++counters_.failures;
    log_limited(LogLevel::kWarn, "state_topic", "deliver", {{"error", rd_kafka_err2str(error)}});
    published_[id] = 0;  // it may be there or not: neither row nor tombstone is taken for known
    waiting_.try_emplace(id, std::move(state));
  } else if (state) {
    ++counters_.states;
    published_[id] = hash_bytes(*state);
  } else {
    ++counters_.tombstones;
    published_.erase(id);
  }
}

/// What the topic holds, from its beginning to its end as it is now.
Status StatePublisher::read_topic(const std::stop_token& stop) {
  auto conf = make_kafka_conf(settings_, client_id_ + "-reader",
                              {{"group.id", client_id_},
                               {"enable.auto.commit", "false"},
                               {"enable.partition.eof", "true"},
                               {"auto.offset.reset", "earliest"}});
  if (!conf) return std::move(conf).error();
  auto reader = make_kafka(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!reader) return std::move(reader).error();
  rd_kafka_poll_set_consumer(reader->get());
  auto topics = fetch_topics(reader->get(), kTimeoutMs);
  if (!topics) return std::move(topics).error();
  auto cluster = fetch_cluster_id(reader->get(), kTimeoutMs);
  if (!cluster) return std::move(cluster).error();
  cluster_id_ = *cluster;
  const auto topic = std::find_if(topics->begin(), topics->end(), [](const auto& each) { return each.name == kTopic; });
  if (topic == topics->end()) return Error{"topic " + kTopic + " is not there", "run wayside-bridge topics"};
  published_.clear();
  auto read = read_to_end(reader->get(), topic->partitions, stop);
  rd_kafka_consumer_close(reader->get());
  return read;
}

Status StatePublisher::read_to_end(rd_kafka_t* reader, int partitions, const std::stop_token& stop) {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(partitions));
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), kTopic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  const auto assigned = rd_kafka_assign(reader, list.get());
  if (assigned != RD_KAFKA_RESP_ERR_NO_ERROR) return Error{std::string("reading it: ") + rd_kafka_err2str(assigned), ""};
  auto heard_at = Clock::now();
  for (int left = partitions; left > 0 && !stop.stop_requested();) {
    const KafkaMessage message(rd_kafka_consumer_poll(reader, kPollMs));
    if (message == nullptr) {
      if (Clock::now() - heard_at < std::chrono::milliseconds(kTimeoutMs)) continue;
      return Error{"reading it: Kafka does not answer", "check that Kafka runs"};
    }
    heard_at = Clock::now();
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      --left;
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Error{std::string("reading it: ") + rd_kafka_err2str(message->err), "check that Kafka runs"};
    } else {
      const std::string id(static_cast<const char*>(message->key), message->key_len);
      const std::string_view state(static_cast<const char*>(message->payload), message->len);
      message->payload == nullptr ? void(published_.erase(id)) : void(published_[id] = hash_bytes(state));
    }
  }
  return {};
}

}  // namespace wayside::central
