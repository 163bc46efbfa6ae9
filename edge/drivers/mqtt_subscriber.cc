#include "edge/drivers/mqtt_subscriber.h"

#include <mqtt_protocol.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "edge/drivers/back_off.h"

namespace wayside::edge {
namespace {

constexpr int kLoopTimeoutMs = 200;
constexpr int kKeepaliveS = 30;
constexpr int kFirstErrorReason = 0x80;
constexpr auto kStopWait = std::chrono::seconds(2);

}  // namespace

/// Shared with its thread, which may be stuck in a connect when the program ends.
class MqttSubscriber::Core final : public std::enable_shared_from_this<MqttSubscriber::Core> {
 public:
  Core(boost::asio::io_context& loop, const MqttSettings& broker, std::string client_id, std::vector<std::string> filters)
      : loop_(loop), broker_(broker), client_id_(std::move(client_id)), filters_(std::move(filters)) {}

  void start(MqttSubscriberEvents events) {
    events_ = std::make_shared<MqttSubscriberEvents>(std::move(events));
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    const bool ended = wake_.wait_for(lock, kStopWait, [this] { return ended_; });
    lock.unlock();
    // A connect to a black hole cannot be interrupted; the process ends without waiting for it.
    if (ended) {
      thread_.join();
    } else {
      thread_.detach();
    }
    *events_ = {};
  }

  std::uint64_t dropped() const { return dropped_; }

 private:
  void run() {
    for (BackOff back_off; !stopping();) {
      subscribed_ = false;
      const std::string why = session();
      if (stopping()) break;
      post([why = broker_.host + ":" + std::to_string(broker_.port) + ": " + why](const MqttSubscriberEvents& events) {
        if (events.lost) events.lost(why);
      });
      if (subscribed_) back_off.reset();
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, back_off.next(), [this] { return stopping_; });
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    wake_.notify_all();
  }

  /// One connection from connect to end, and why it ended.
  std::string session() {
    auto made = make_mosquitto(broker_, client_id_, true, this);
    if (!made) return made.error().message;
    mosquitto* handle = made->get();
    refusal_.clear();
    mosquitto_connect_v5_callback_set(handle, on_connect);
    mosquitto_subscribe_v5_callback_set(handle, on_subscribe);
    mosquitto_message_v5_callback_set(handle, on_message);
    int rc =
        mosquitto_connect_bind_v5(handle, broker_.host.c_str(), static_cast<int>(broker_.port), kKeepaliveS, nullptr, nullptr);
    if (rc != MOSQ_ERR_SUCCESS) return mosquitto_error("connect", rc).message;
    while (rc == MOSQ_ERR_SUCCESS && refusal_.empty() && !stopping()) rc = mosquitto_loop(handle, kLoopTimeoutMs, 1);
    if (!refusal_.empty()) return refusal_;
    if (stopping()) {
      mosquitto_disconnect_v5(handle, 0, nullptr);
      mosquitto_loop_write(handle, 1);
      return "";
    }
    return mosquitto_error("connection lost", rc).message;
  }

  bool stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  template <class Call>
  void post(Call call) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;  // the loop may be gone
    boost::asio::post(loop_, [events = events_, call = std::move(call)] { call(*events); });
  }

  static void on_connect(mosquitto* handle, void* context, int reason, int, const mosquitto_property*) {
    auto& self = *static_cast<Core*>(context);
    if (reason != 0) {
      self.refusal_ = std::string("the broker refuses us: ") + mosquitto_reason_string(reason);
      return;
    }
    for (const std::string& filter : self.filters_) mosquitto_subscribe_v5(handle, nullptr, filter.c_str(), 1, 0, nullptr);
  }

  static void on_subscribe(mosquitto*, void* context, int, int count, const int* granted, const mosquitto_property*) {
    auto& self = *static_cast<Core*>(context);
    for (int i = 0; i < count; ++i) {
      if (granted[i] >= kFirstErrorReason) self.refusal_ = "the broker does not let us read a topic: see its ACL file";
    }
    if (!self.refusal_.empty() || std::exchange(self.subscribed_, true)) return;
    self.post([](const MqttSubscriberEvents& events) {
      if (events.subscribed) events.subscribed();
    });
  }

  static void on_message(mosquitto*, void* context, const mosquitto_message* message, const mosquitto_property*) {
    auto& self = *static_cast<Core*>(context);
    if (self.waiting_ >= kWaitingMax) {
      ++self.dropped_;
      return;
    }
    ++self.waiting_;
    // One byte over the limit says that it is over.
    const auto size = std::min(static_cast<std::size_t>(message->payloadlen), kPayloadMax + 1);
    MqttArrived arrived{message->topic, std::string(static_cast<const char*>(message->payload), size), message->retain};
    self.post([core = self.weak_from_this(), arrived = std::move(arrived)](const MqttSubscriberEvents& events) {
      if (const auto alive = core.lock()) --alive->waiting_;
      if (events.arrived) events.arrived(arrived);
    });
  }

  boost::asio::io_context& loop_;
  const MqttSettings broker_;
  const std::string client_id_;
  const std::vector<std::string> filters_;
  std::shared_ptr<MqttSubscriberEvents> events_;
  std::thread thread_;
  std::string refusal_;      // the thread's: the broker's word that ends the session
  bool subscribed_ = false;  // the thread's
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  bool ended_ = false;
};

MqttSubscriber::MqttSubscriber(boost::asio::io_context& loop, const MqttSettings& broker, std::string client_id,
                               std::vector<std::string> filters)
    : core_(std::make_shared<Core>(loop, broker, std::move(client_id), std::move(filters))) {}
MqttSubscriber::~MqttSubscriber() { core_->stop(); }
void MqttSubscriber::start(MqttSubscriberEvents events) { core_->start(std::move(events)); }
void MqttSubscriber::stop() { core_->stop(); }
std::uint64_t MqttSubscriber::dropped() const { return core_->dropped(); }

}  // namespace wayside::edge
