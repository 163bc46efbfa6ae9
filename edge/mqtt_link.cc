#include "edge/mqtt_link.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "common/base/log.h"

namespace wayside::edge {
namespace {

constexpr int kLoopTimeoutMs = 500;
constexpr int kKeepaliveS = 30;
constexpr int kNoMatchingSubscribers = 0x10;
constexpr int kFirstErrorReason = 0x80;
constexpr auto kStopWait = std::chrono::seconds(2);

/// Shared with its thread, which may be stuck in a connect when the program ends.
class LinkCore final : public std::enable_shared_from_this<LinkCore> {
 public:
  LinkCore(boost::asio::io_context& loop, MqttLinkOptions options)
      : loop_(loop), options_(std::move(options)), random_(std::random_device{}()) {}

  void start(MqttLinkEvents events) {
    events_ = std::make_shared<MqttLinkEvents>(std::move(events));
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }

  std::optional<int> publish(const std::string& topic, std::string_view payload, bool retain) {
    const std::lock_guard lock(mutex_);
    if (!handle_ || !online_) return std::nullopt;
    int id = 0;
    const int rc = mosquitto_publish_v5(handle_.get(), &id, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1,
                                        retain, nullptr);
    if (rc == MOSQ_ERR_SUCCESS) return id;
    log_limited(LogLevel::kWarn, "publish_failed", "publish", {{"topic", topic}, {"error", mosquitto_strerror(rc)}});
    return std::nullopt;
  }

  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      // DISCONNECT queues behind what was published; the thread writes it and sees the connection end.
      if (handle_ && online_) mosquitto_disconnect_v5(handle_.get(), 0, nullptr);
    }
    wake_.notify_all();
    std::unique_lock lock(mutex_);
    const bool ended = ended_signal_.wait_for(lock, kStopWait, [this] { return ended_; });
    lock.unlock();
    // A connect to a black hole cannot be interrupted; the process ends without waiting for it.
    if (ended) {
      thread_.join();
    } else {
      thread_.detach();
    }
    events_->connected = nullptr;
  }

 private:
  void run() {
    std::uint32_t wait_ms = 0;
    while (sleep_unless_stopping(wait_ms)) {
      const bool was_online = session();
      wait_ms = was_online ? options_.retry_ms_min : std::min(std::max(wait_ms * 2, options_.retry_ms_min), options_.retry_ms_max);
    }
    const std::lock_guard lock(mutex_);
    handle_.reset();
    ended_ = true;
    ended_signal_.notify_all();
  }

  /// Sleeps between half of `wait_ms` and all of it; false when the link is stopping.
  bool sleep_unless_stopping(std::uint32_t wait_ms) {
    std::uniform_int_distribution<std::uint32_t> jitter(wait_ms / 2, wait_ms);
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, std::chrono::milliseconds(jitter(random_)), [this] { return stopping_; });
  }

  /// One connection from connect to end; true when the broker had let us in.
  bool session() {
    auto made = make_mosquitto(options_.mqtt, options_.client_id, true, this);
    if (!made) {
      log_limited(LogLevel::kError, "mqtt_client", "make", {{"error", made.error().message}});
      return false;
    }
    mosquitto* handle = made->get();
    mosquitto_connect_v5_callback_set(handle, on_connect);
    mosquitto_publish_v5_callback_set(handle, on_publish);
    mosquitto_message_v5_callback_set(handle, on_message);
    mosquitto_subscribe_v5_callback_set(handle, on_subscribe);
    mosquitto_int_option(handle, MOSQ_OPT_SEND_MAXIMUM, options_.in_flight_max);
    mosquitto_will_set_v5(handle, options_.will_topic.c_str(), static_cast<int>(options_.will_payload.size()),
                          options_.will_payload.data(), 1, true, nullptr);
    {
      const std::lock_guard lock(mutex_);
      handle_ = std::move(*made);
    }
    int rc = mosquitto_connect_bind_v5(handle, options_.mqtt.host.c_str(), static_cast<int>(options_.mqtt.port), kKeepaliveS,
                                       nullptr, nullptr);
    std::string why = rc == MOSQ_ERR_SUCCESS ? "" : mosquitto_error("connect", rc).message;
    while (rc == MOSQ_ERR_SUCCESS && refused_.empty()) {
      rc = mosquitto_loop(handle, kLoopTimeoutMs, 1);
      if (rc != MOSQ_ERR_SUCCESS) why = mosquitto_error("connection lost", rc).message;
      const std::lock_guard lock(mutex_);
      if (stopping_ && !online_) break;
    }
    return end_session(refused_.empty() ? why : refused_);
  }

  bool end_session(const std::string& why) {
    bool was_online = false;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      was_online = online_;
      stopping = stopping_;
      online_ = false;
      handle_.reset();
    }
    refused_.clear();
    if (stopping) return was_online;
    log_limited(LogLevel::kWarn, "mqtt_offline", options_.mqtt.host,
                {{"broker", options_.mqtt.host}, {"port", options_.mqtt.port}, {"why", why}});
    if (was_online) post([why](MqttLinkEvents& events) { events.disconnected(why); });
    return was_online;
  }

  template <class Call>
  void post(Call call) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;  // the loop may be gone
    }
    boost::asio::post(loop_, [events = events_, call = std::move(call)] {
      if (events->connected) call(*events);
    });
  }

  static void on_connect(mosquitto* handle, void* context, int rc, int, const mosquitto_property*) {
    auto& self = *static_cast<LinkCore*>(context);
    if (rc != 0) {
      self.refused_ = std::string("the broker refused us: ") + mosquitto_reason_string(rc);
      return;
    }
    mosquitto_subscribe_v5(handle, nullptr, self.options_.subscribe_topic.c_str(), 1, 0, nullptr);
    {
      const std::lock_guard lock(self.mutex_);
      self.online_ = true;
    }
    log_info("mqtt_online", {{"broker", self.options_.mqtt.host}, {"port", self.options_.mqtt.port}});
    self.post([](MqttLinkEvents& events) { events.connected(); });
  }

  static void on_subscribe(mosquitto*, void* context, int, int count, const int* granted, const mosquitto_property*) {
    const auto& self = *static_cast<LinkCore*>(context);
    if (count == 1 && granted[0] < kFirstErrorReason) return;
    log_error("subscribe_refused", {{"topic", self.options_.subscribe_topic},
                                    {"try", "allow this user to read the topic in the broker's ACL file"}});
  }

  static void on_publish(mosquitto*, void* context, int id, int reason, const mosquitto_property*) {
    auto& self = *static_cast<LinkCore*>(context);
    const PublishOutcome outcome = reason >= kFirstErrorReason         ? PublishOutcome::kRefused
                                   : reason == kNoMatchingSubscribers ? PublishOutcome::kNoSubscriber
                                                                       : PublishOutcome::kTaken;
    if (outcome == PublishOutcome::kRefused) {
      log_limited(LogLevel::kError, "publish_refused", "reason", {{"reason", mosquitto_reason_string(reason)}});
    }
    self.post([id, outcome](MqttLinkEvents& events) { events.published(id, outcome); });
  }

  static void on_message(mosquitto*, void* context, const mosquitto_message* message, const mosquitto_property*) {
    auto& self = *static_cast<LinkCore*>(context);
    std::string payload(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen));
    self.post([payload = std::move(payload)](MqttLinkEvents& events) { events.received(payload); });
  }

  boost::asio::io_context& loop_;
  MqttLinkOptions options_;
  std::shared_ptr<MqttLinkEvents> events_;
  std::thread thread_;
  std::mt19937 random_;    // the thread's
  std::string refused_;    // the thread's: why the broker did not let us in
  std::mutex mutex_;       // guards what follows
  std::condition_variable wake_;
  std::condition_variable ended_signal_;
  MosquittoHandle handle_;
  bool online_ = false;
  bool stopping_ = false;
  bool ended_ = false;
};

class Link final : public MqttLink::Interface {
 public:
  Link(boost::asio::io_context& loop, MqttLinkOptions options)
      : core_(std::make_shared<LinkCore>(loop, std::move(options))) {}
  ~Link() override { core_->stop(); }
  void start(MqttLinkEvents events) override { core_->start(std::move(events)); }
  std::optional<int> publish(const std::string& topic, std::string_view payload, bool retain) override {
    return core_->publish(topic, payload, retain);
  }
  void stop() override { core_->stop(); }

 private:
  std::shared_ptr<LinkCore> core_;
};

}  // namespace

std::unique_ptr<MqttLink::Interface> MqttLink::make(boost::asio::io_context& loop, MqttLinkOptions options) {
  return std::make_unique<Link>(loop, std::move(options));
}

}  // namespace wayside::edge
