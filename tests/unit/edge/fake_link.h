#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "edge/mqtt_link.h"

namespace wayside::edge {

/// Wall clock and monotonic time that move together.
class SteadyClock final : public Clock {
 public:
  UtcTime wall() const override { return UtcTime{1'700'000'000'000 + now.count()}; }
  MonoTime monotonic() const override { return now; }
  MonoTime now{1'000'000};
};

/// A link to no broker: keeps what is published and lets the test play broker and bridge.
class FakeLink final : public MqttLink::Interface {
 public:
  struct Message {
    int id = 0;
    std::string topic;
    std::string payload;
    bool retain = false;

    bool is_reading() const { return !topic.ends_with("/info") && !topic.ends_with("/health"); }
    nlohmann::json json() const { return nlohmann::json::parse(payload); }
  };

  void start(MqttLinkEvents events) override { events_ = std::move(events); }
  Published publish(const std::string& topic, std::string_view payload, bool retain) override {
    if (!online) return {};
    if (payload.size() > bytes_max) return {Published::As::kRefused, 0};
    sent.push_back({++ids_, topic, std::string(payload), retain});
    return {Published::As::kQueued, ids_};
  }
  void stop() override { online = false; }

  void connect() {
    online = true;
    ids_ = 0;
    events_.connected();
  }
  void disconnect() {
    online = false;
    events_.disconnected("test");
  }
  void acknowledge(const Message& message, PublishOutcome outcome = PublishOutcome::kTaken) {
    events_.published(message.id, outcome);
  }
  void receive(const std::string& payload) { events_.received(payload); }
  std::vector<Message> take_sent() { return std::exchange(sent, {}); }

  bool online = false;
  std::size_t bytes_max = 1'000'000;  // the broker's Maximum Packet Size
  std::vector<Message> sent;

 private:
  MqttLinkEvents events_;
  int ids_ = 0;
};

}  // namespace wayside::edge
