#include "edge/mqtt_link.h"

#include <mqtt_protocol.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "common/base/log.h"
#include "edge/retry_pause.h"

namespace wayside::edge {
namespace {

constexpr int kLoopTimeoutMs = 500;
constexpr int kKeepaliveS = 30;
constexpr int kNoMatchingSubscribers = 0x10;
constexpr int kFirstErrorReason = 0x80;
constexpr auto kStopWait = std::chrono::seconds(2);
constexpr auto kAcknowledgeWait = std::chrono::seconds(1);
// A shorter session does not end the back-off: two agents of one name would throw each other out without a pause.
constexpr auto kSteadySession = std::chrono::seconds(10);

/// What to do about a reason code of the broker, or about no connection at all (0).
const char* hint_for(int reason) {
  switch (reason) {
    case 0: return "check mqtt.host, mqtt.port and mqtt.ca_file, and that the broker runs";
    case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
    case MQTT_RC_NOT_AUTHORIZED:
      return "check mqtt.username and mqtt.password_file, and this user in the broker's password and ACL files";
    case MQTT_RC_SESSION_TAKEN_OVER: return "another client has this agent's name: give each agent its own";
    default: return "see the broker's log";
  }
}

/// Shared with its thread, which may be stuck in a connect when the program ends.
class LinkCore final : public std::enable_shared_from_this<LinkCore> {
 public:
  LinkCore(boost::asio::io_context& loop, MqttLinkOptions options)
      : loop_(loop), options_(std::move(options)), random_(std::random_device{}()) {}

  void start(MqttLinkEvents events) {
    events_ = std::make_shared<MqttLinkEvents>(std::move(events));
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }

  Published publish(const std::string& topic, std::string_view payload, bool retain) {
    const std::lock_guard lock(mutex_);
    if (!handle_ || !online_) return {};
    int id = 0;
    const int rc = mosquitto_publish_v5(handle_.get(), &id, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1,
                                        retain, nullptr);
    if (rc == MOSQ_ERR_SUCCESS) {
      ++unacknowledged_;
      return {Published::As::kQueued, id};
    }
    log_limited(LogLevel::kWarn, "publish_failed", "publish",
                {{"topic", topic}, {"bytes", payload.size()}, {"error", mosquitto_strerror(rc)}});
    const bool too_large = rc == MOSQ_ERR_OVERSIZE_PACKET || rc == MOSQ_ERR_PAYLOAD_SIZE;
    return {too_large ? Published::As::kRefused : Published::As::kOffline, 0};
  }

  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    std::unique_lock lock(mutex_);
    if (handle_ && online_) {
      // The last word must be on the wire: the library sends only as many unacknowledged publications as the broker
      // allows, and a DISCONNECT overtakes the rest. When it does not get through, the will speaks.
      const bool heard = acknowledged_.wait_for(lock, kAcknowledgeWait, [this] { return unacknowledged_ == 0 || !online_; });
      leave_ = heard ? 0 : MQTT_RC_DISCONNECT_WITH_WILL_MSG;
    }
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
    RetryPause pause(options_.retry_ms_min, options_.retry_ms_max);
    std::uint32_t wait_ms = 0;
    while (sleep_unless_stopping(wait_ms)) wait_ms = pause.after(session());
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

  /// One connection from connect to end.
  SessionEnd session() {
    heard_ = false;
    note_tls_error({});
    auto made = make_mosquitto(options_.mqtt, options_.client_id, true, this, certificate_dates());
    if (!made) {
      log_limited(LogLevel::kError, "mqtt_client", "make", {{"error", made.error().message}});
      return SessionEnd::kRefused;
    }
    mosquitto* handle = made->get();
    mosquitto_connect_v5_callback_set(handle, on_connect);
    mosquitto_publish_v5_callback_set(handle, on_publish);
    mosquitto_message_v5_callback_set(handle, on_message);
    mosquitto_subscribe_v5_callback_set(handle, on_subscribe);
    mosquitto_disconnect_v5_callback_set(handle, on_disconnect);
    mosquitto_log_callback_set(handle, on_log);
    mosquitto_int_option(handle, MOSQ_OPT_SEND_MAXIMUM, options_.in_flight_max);
    mosquitto_will_set_v5(handle, options_.will_topic.c_str(), static_cast<int>(options_.will_payload.size()),
                          options_.will_payload.data(), 1, true, nullptr);
    {
      const std::lock_guard lock(mutex_);
      handle_ = std::move(*made);
      unacknowledged_ = 0;
    }
    reason_ = 0;
    int rc = mosquitto_connect_bind_v5(handle, options_.mqtt.host.c_str(), static_cast<int>(options_.mqtt.port), kKeepaliveS,
                                       nullptr, nullptr);
    const bool absent = rc != MOSQ_ERR_SUCCESS && rc != MOSQ_ERR_TLS;
    std::string why = rc == MOSQ_ERR_SUCCESS ? "" : mosquitto_error("connect", rc).message;
    while (rc == MOSQ_ERR_SUCCESS && reason_ == 0) {
      rc = mosquitto_loop(handle, kLoopTimeoutMs, 1);
      if (rc != MOSQ_ERR_SUCCESS) why = mosquitto_error("connection lost", rc).message;
      const auto [leave, abandoned] = wanted_end();
      if (leave && rc == MOSQ_ERR_SUCCESS) {
        // From this thread only: said from another one, the library may close the socket before DISCONNECT is written.
        mosquitto_disconnect_v5(handle, *leave, nullptr);
        mosquitto_loop_write(handle, 1);
        break;
      }
      if (abandoned) break;
    }
    if (rc == MOSQ_ERR_TLS) why += tls_reason();
    return end_session(reason_ == 0 ? why : std::string("the broker refused us: ") + mosquitto_reason_string(reason_), absent);
  }

  /// The reason to say goodbye with, when it is time; and whether to go without a word. Asked for without the lock held
  /// afterwards: the library takes its own, and calls us back under it.
  std::pair<std::optional<int>, bool> wanted_end() {
    const std::lock_guard lock(mutex_);
    return {leave_, stopping_ && !online_};
  }

  CertificateDates certificate_dates() const {
    const bool tls = options_.mqtt.tls || !options_.mqtt.ca_file.empty();
    if (!tls || !options_.time_known || *options_.time_known) return CertificateDates::kChecked;
    log_limited(LogLevel::kWarn, "certificate_dates_unchecked", options_.mqtt.host,
                {{"broker", options_.mqtt.host},
                 {"why", "this machine does not know the time yet; the broker's name and its authority are checked"}});
    return CertificateDates::kIgnored;
  }

  SessionEnd end_session(const std::string& why, bool absent) {
    bool was_online = false;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      was_online = online_;
      stopping = stopping_;
      online_ = false;
      handle_.reset();
    }
    acknowledged_.notify_all();
    if (stopping) return SessionEnd::kSteady;
    log_limited(LogLevel::kWarn, "mqtt_offline", why,
                {{"broker", options_.mqtt.host}, {"port", options_.mqtt.port}, {"why", why}, {"try", hint_for(reason_)}});
    if (was_online) post([why](MqttLinkEvents& events) { events.disconnected(why); });
    if (was_online && std::chrono::steady_clock::now() - online_since_ >= kSteadySession) return SessionEnd::kSteady;
    if (heard_) return SessionEnd::kHeard;
    return absent ? SessionEnd::kNoBroker : SessionEnd::kRefused;
  }

  template <class Call>
  void post(Call call) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;  // the loop may be gone
    boost::asio::post(loop_, [events = events_, call = std::move(call)] {
      if (events->connected) call(*events);
    });
  }

  static void on_connect(mosquitto* handle, void* context, int rc, int, const mosquitto_property*) {
    auto& self = *static_cast<LinkCore*>(context);
    if (rc != 0) {
      self.reason_ = rc;
      return;
    }
    mosquitto_subscribe_v5(handle, nullptr, self.options_.subscribe_topic.c_str(), 1, 0, nullptr);
    {
      const std::lock_guard lock(self.mutex_);
      self.online_ = true;
    }
    self.online_since_ = std::chrono::steady_clock::now();
    log_info("mqtt_online", {{"broker", self.options_.mqtt.host}, {"port", self.options_.mqtt.port}});
    self.post([](MqttLinkEvents& events) { events.connected(); });
  }

  /// The library takes OpenSSL's errors out of its queue and tells them here alone; also from publish().
  static void on_log(mosquitto*, void* context, int level, const char* text) {
    if (level == MOSQ_LOG_ERR) static_cast<LinkCore*>(context)->note_tls_error(text);
  }

  void note_tls_error(std::string text) {
    const std::lock_guard lock(tls_mutex_);
    tls_error_ = std::move(text);
  }

  std::string tls_reason() {
    const std::lock_guard lock(tls_mutex_);
    return tls_error_.empty() ? "" : " (" + tls_error_ + ")";
  }

  /// Codes below are the library's own, about a connection that is just gone.
  static void on_disconnect(mosquitto*, void* context, int reason, const mosquitto_property*) {
    if (reason >= kFirstErrorReason) static_cast<LinkCore*>(context)->reason_ = reason;
  }

  static void on_subscribe(mosquitto*, void* context, int, int count, const int* granted, const mosquitto_property*) {
    const auto& self = *static_cast<LinkCore*>(context);
    if (count == 1 && granted[0] < kFirstErrorReason) return;
    log_limited(LogLevel::kError, "subscribe_refused", "acl",
                {{"topic", self.options_.subscribe_topic},
                 {"why", "without receipts nothing leaves the outbox"},
                 {"try", "allow this user to read the topic in the broker's ACL file"}});
  }

  static void on_publish(mosquitto*, void* context, int id, int reason, const mosquitto_property*) {
    auto& self = *static_cast<LinkCore*>(context);
    const PublishOutcome outcome = reason >= kFirstErrorReason        ? PublishOutcome::kRefused
                                   : reason == kNoMatchingSubscribers ? PublishOutcome::kNoSubscriber
                                                                      : PublishOutcome::kTaken;
    if (outcome == PublishOutcome::kRefused) {
      log_limited(LogLevel::kError, "publish_refused", "reason",
                  {{"reason", mosquitto_reason_string(reason)},
                   {"try", "allow user " + self.options_.client_id + " to write below wayside/v1/" + self.options_.client_id +
                               "/ in the broker's ACL file; its MQTT user must have the agent's name"}});
    }
    {
      const std::lock_guard lock(self.mutex_);
      if (self.unacknowledged_ > 0) --self.unacknowledged_;
    }
    self.acknowledged_.notify_all();
    self.post([id, outcome](MqttLinkEvents& events) { events.published(id, outcome); });
  }

  static void on_message(mosquitto*, void* context, const mosquitto_message* message, const mosquitto_property*) {
    auto& self = *static_cast<LinkCore*>(context);
    self.heard_ = true;
    std::string payload(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen));
    self.post([payload = std::move(payload)](MqttLinkEvents& events) { events.received(payload); });
  }

  boost::asio::io_context& loop_;
  MqttLinkOptions options_;
  std::shared_ptr<MqttLinkEvents> events_;
  std::thread thread_;
  std::mt19937 random_;                                 // the thread's
  int reason_ = 0;                                      // the thread's: the broker's word that ended the session
  bool heard_ = false;                                  // the thread's: a receipt came in this session
  std::chrono::steady_clock::time_point online_since_;  // the thread's
  std::mutex tls_mutex_;                                // guards tls_error_
  std::string tls_error_;                               // the library's last error of this session
  std::mutex mutex_;                                    // guards what follows
  std::condition_variable wake_;
  std::condition_variable ended_signal_;
  std::condition_variable acknowledged_;
  MosquittoHandle handle_;
  std::size_t unacknowledged_ = 0;  // publications of this session
  bool online_ = false;
  std::optional<int> leave_;  // reason of the DISCONNECT that ends the session
  bool stopping_ = false;
  bool ended_ = false;
};

class Link final : public MqttLink::Interface {
 public:
  Link(boost::asio::io_context& loop, MqttLinkOptions options) : core_(std::make_shared<LinkCore>(loop, std::move(options))) {}
  ~Link() override { core_->stop(); }
  void start(MqttLinkEvents events) override { core_->start(std::move(events)); }
  Published publish(const std::string& topic, std::string_view payload, bool retain) override {
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
