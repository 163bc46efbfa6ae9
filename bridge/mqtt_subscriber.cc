#include "bridge/mqtt_subscriber.h"

#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>

#include "common/base/log.h"
#include "common/contract/names.h"

namespace wayside::bridge {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t kSessionNeverExpires = 0xFFFFFFFF;
constexpr auto kConnackTimeout = std::chrono::seconds{10};
constexpr auto kStopWriteTimeout = std::chrono::seconds{5};
constexpr int kSubscribeQos = 1;
constexpr int kFirstErrorCode = 0x80;

struct PropertiesFree {
  void operator()(mosquitto_property* properties) const { mosquitto_property_free_all(&properties); }
};
using Properties = std::unique_ptr<mosquitto_property, PropertiesFree>;

/// With keepalive 0 nothing is written by itself, so the system looks whether the other end is still there.
void watch_socket(int fd) {
  const auto set = [fd](int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/// libmosquitto writes each PUBACK by a call of its own; while the socket is corked they go out in full segments. Without
/// it, a fifth of the bridge's time went into sending 4 bytes.
class Cork {
 public:
  explicit Cork(int fd) : fd_(fd) { set(1); }
  ~Cork() { set(0); }
  Cork(const Cork&) = delete;
  Cork& operator=(const Cork&) = delete;

 private:
  void set(int on) const { setsockopt(fd_, IPPROTO_TCP, TCP_CORK, &on, sizeof on); }
  int fd_;
};

}  // namespace

Status MqttSubscriber::connect() {
  drop();
  if (auto opened = open(); !opened.ok()) {
    drop();
    return std::move(opened).error().while_doing("connecting to MQTT " + settings_.host + ":" + std::to_string(settings_.port));
  }
  log_info("mqtt_connected", {{"host", settings_.host},
                              {"port", settings_.port},
                              {"client_id", settings_.client_id},
                              {"session", session_present_ ? "resumed" : "new"}});
  return {};
}

Status MqttSubscriber::open() {
  auto made = make_mosquitto(settings_, settings_.client_id, /*clean_start=*/false, this);
  if (!made) return std::move(made).error();
  handle_ = std::move(*made);
  mosquitto_connect_v5_callback_set(handle_.get(), on_connect);
  mosquitto_disconnect_v5_callback_set(handle_.get(), on_disconnect);
  mosquitto_subscribe_v5_callback_set(handle_.get(), on_subscribe);
  mosquitto_message_v5_callback_set(handle_.get(), on_message);
  int rc = mosquitto_int_option(handle_.get(), MOSQ_OPT_RECEIVE_MAXIMUM, receive_maximum_);
  mosquitto_property* raw = nullptr;
  if (rc == MOSQ_ERR_SUCCESS) rc = mosquitto_property_add_int32(&raw, MQTT_PROP_SESSION_EXPIRY_INTERVAL, kSessionNeverExpires);
  const Properties properties(raw);
  if (rc == MOSQ_ERR_SUCCESS) {
    // Keepalive 0: a PINGREQ would be a write, and a write acknowledges. (A broker may insist on a large one: keep_alive.)
    rc = mosquitto_connect_bind_v5(handle_.get(), settings_.host.c_str(), static_cast<int>(settings_.port), 0, nullptr,
                                   properties.get());
  }
  if (rc != MOSQ_ERR_SUCCESS) return failed("opening the connection", rc);
  watch_socket(mosquitto_socket(handle_.get()));
  WAYSIDE_TRY(wait_for_connack());
  return subscribe();
}

Status MqttSubscriber::wait_for_connack() {
  const auto deadline = steady_clock::now() + kConnackTimeout;
  while (!connack_) {
    if (stop_.requested()) return Error{"stopped", ""};
    if (steady_clock::now() > deadline)
      return Error{"no answer in 10 s", "check mqtt.port, and mqtt.tls against the broker's listener"};
    const bool write = mosquitto_want_write(handle_.get());
    stop_.wait(mosquitto_socket(handle_.get()), write ? POLLIN | POLLOUT : POLLIN, 1000);
    int rc = write ? mosquitto_loop_write(handle_.get(), 1) : MOSQ_ERR_SUCCESS;
    if (rc == MOSQ_ERR_SUCCESS) rc = mosquitto_loop_read(handle_.get(), 1);
    if (rc != MOSQ_ERR_SUCCESS && !connack_) return failed("waiting for the broker's answer", rc);
  }
  if (*connack_ != 0) {
    return Error{std::string("the broker refuses: ") + mosquitto_reason_string(*connack_),
                 "check mqtt.username, mqtt.password_file and client_id"};
  }
  // Its PUBACK would go out with the SUBSCRIBE.
  if (held_ > 0) return Error{"the broker sent messages before its CONNACK", ""};
  return {};
}

/// One filter for all, so that what is published beside the contract's topics becomes a dead letter instead of vanishing.
/// no-local keeps our own receipts away; a stand-by's receipts come and are ignored. Retained messages are wanted at
/// every connect: a Kafka that was made anew gets station information and health again.
Status MqttSubscriber::subscribe() {
  const std::string filter = std::string(kTopicRoot) + "#";
  const int rc = mosquitto_subscribe_v5(handle_.get(), nullptr, filter.c_str(), kSubscribeQos,
                                        MQTT_SUB_OPT_NO_LOCAL | MQTT_SUB_OPT_SEND_RETAIN_ALWAYS, nullptr);
  if (rc != MOSQ_ERR_SUCCESS) return failed("subscribing to " + filter, rc);
  return write_all();
}

Result<std::span<const InboundMessage>> MqttSubscriber::read() {
  inbox_size_ = 0;
  const int rc = mosquitto_loop_read(handle_.get(), 1);
  if (rc != MOSQ_ERR_SUCCESS) return failed("reading from MQTT", rc);
  if (denied_) {
    return Error{std::string("the broker denies the subscription: ") + mosquitto_reason_string(*denied_),
                 "let the bridge's user read " + std::string(kTopicRoot) + "#"};
  }
  return std::span<const InboundMessage>(inbox_.data(), inbox_size_);
}

bool MqttSubscriber::wait_readable(int timeout_ms) { return stop_.wait(mosquitto_socket(handle_.get()), POLLIN, timeout_ms); }

Status MqttSubscriber::publish(const std::string& topic, std::string_view payload) {
  const int rc = mosquitto_publish_v5(handle_.get(), nullptr, topic.c_str(), static_cast<int>(payload.size()), payload.data(),
                                      /*qos=*/0, /*retain=*/false, nullptr);
  if (rc != MOSQ_ERR_SUCCESS) return failed("publishing to " + topic, rc);
  return {};
}

Status MqttSubscriber::release() {
  {
    const Cork cork(mosquitto_socket(handle_.get()));
    WAYSIDE_TRY(write_all());
  }
  held_ = 0;
  return {};
}

Status MqttSubscriber::keep_alive() {
  WAYSIDE_CHECK(held_ == 0);
  const int rc = mosquitto_loop_misc(handle_.get());
  if (rc != MOSQ_ERR_SUCCESS) return failed("keeping MQTT alive", rc);
  return write_all();
}

Status MqttSubscriber::disconnect() {
  WAYSIDE_CHECK(held_ == 0);
  const int rc = mosquitto_disconnect_v5(handle_.get(), MQTT_RC_NORMAL_DISCONNECTION, nullptr);
  Status written = rc == MOSQ_ERR_SUCCESS ? write_all() : Status(failed("disconnecting from MQTT", rc));
  drop();
  return written;
}

Status MqttSubscriber::write_all() {
  const auto start = steady_clock::now();
  while (mosquitto_want_write(handle_.get())) {
    const int rc = mosquitto_loop_write(handle_.get(), 1);
    if (rc != MOSQ_ERR_SUCCESS) return failed("writing to MQTT", rc);
    if (!mosquitto_want_write(handle_.get())) break;
    if (stop_.requested() && steady_clock::now() - start > kStopWriteTimeout)
      return Error{"writing to MQTT: stopped while the broker took nothing", ""};
    pollfd socket{mosquitto_socket(handle_.get()), POLLOUT, 0};
    poll(&socket, 1, 100);
  }
  return {};
}

void MqttSubscriber::drop() {
  handle_.reset();
  connack_.reset();
  denied_.reset();
  disconnect_reason_.reset();
  subscribed_ = false;
  held_ = 0;
  inbox_size_ = 0;
}

Error MqttSubscriber::failed(const std::string& doing, int rc) {
  Error error = mosquitto_error(doing, rc);
  if (disconnect_reason_ && *disconnect_reason_ >= kFirstErrorCode) {
    error.message += std::string(" (the broker said: ") + mosquitto_reason_string(*disconnect_reason_) + ")";
    if (*disconnect_reason_ == MQTT_RC_SESSION_TAKEN_OVER) error.hint = "give each bridge its own mqtt.client_id";
  }
  return error;
}

void MqttSubscriber::on_connect(mosquitto*, void* self, int reason, int flags, const mosquitto_property*) {
  auto* subscriber = static_cast<MqttSubscriber*>(self);
  subscriber->connack_ = reason;
  subscriber->session_present_ = (flags & 1) != 0;
}

void MqttSubscriber::on_subscribe(mosquitto*, void* self, int, int count, const int* granted, const mosquitto_property*) {
  auto* subscriber = static_cast<MqttSubscriber*>(self);
  if (count == 1 && granted[0] == kSubscribeQos) {  // QoS 0 would lose what is not read in time
    subscriber->subscribed_ = true;
  } else {
    subscriber->denied_ = count == 1 ? granted[0] : static_cast<int>(MQTT_RC_UNSPECIFIED);
  }
}

void MqttSubscriber::on_disconnect(mosquitto*, void* self, int reason, const mosquitto_property*) {
  static_cast<MqttSubscriber*>(self)->disconnect_reason_ = reason;
}

void MqttSubscriber::on_message(mosquitto*, void* self, const mosquitto_message* message, const mosquitto_property*) {
  auto* subscriber = static_cast<MqttSubscriber*>(self);
  if (subscriber->inbox_size_ == subscriber->inbox_.size()) subscriber->inbox_.emplace_back();
  InboundMessage& slot = subscriber->inbox_[subscriber->inbox_size_++];
  slot.topic = message->topic;
  slot.payload.assign(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen));
  ++subscriber->held_;
}

}  // namespace wayside::bridge
