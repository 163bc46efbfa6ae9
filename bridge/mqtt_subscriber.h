#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/bridge_settings.h"
#include "bridge/intake.h"
#include "bridge/stop_signal.h"
#include "common/base/result.h"
#include "common/mqtt/mosquitto_handle.h"

namespace wayside::bridge {

/// The bridge's connection to its broker. libmosquitto queues a PUBACK for every message that is read and sends all of
/// them at the next write, there is no way to send some; so writing is acknowledging. Writing happens in connect(),
/// disconnect() and release() only, and only release() may be called while messages are held. An error of any call
/// means that the connection is gone, with all that was held: the broker sends those messages again. One thread.
class MqttSubscriber {
 public:
  /// The broker may send `receive_maximum` messages that are not acknowledged: two batches, one that Kafka is busy with
  /// and one on its way, keep both busy; more only costs memory and caches.
  MqttSubscriber(const BridgeMqttSettings& settings, int receive_maximum, StopSignal& stop)
      : settings_(settings), receive_maximum_(receive_maximum), stop_(stop) {}
  MqttSubscriber(const MqttSubscriber&) = delete;
  MqttSubscriber& operator=(const MqttSubscriber&) = delete;

  /// Connects to the broker's durable session and subscribes anew. Blocks for up to 10 s (longer while the system
  /// tries to reach an address where nobody answers).
  Status connect();
  bool connected() const { return handle_ != nullptr; }
  /// The broker has confirmed the subscription: from now on nothing is published past this bridge.
  bool subscribed() const { return subscribed_; }

  /// Reads at most one packet without waiting. Returns the messages that came of it (none or one), valid until the next call.
  Result<std::span<const InboundMessage>> read();
  /// Waits until there is something to read, up to `timeout_ms` or to the stop signal.
  bool wait_readable(int timeout_ms);
  /// Messages read whose PUBACK has not been written.
  std::size_t held() const { return held_; }

  /// Queues a message at QoS 0, for release().
  Status publish(const std::string& topic, std::string_view payload);
  /// Acknowledges everything that was read and sends what was published. Call it only when Kafka has it all.
  Status release();
  /// Sends a PINGREQ when one is due. Nothing may be held.
  Status keep_alive();
  /// Says goodbye. Nothing may be held.
  Status disconnect();
  /// Closes without a word and forgets everything held.
  void drop();

 private:
  static void on_connect(mosquitto*, void* self, int reason, int flags, const mosquitto_property*);
  static void on_subscribe(mosquitto*, void* self, int, int count, const int* granted, const mosquitto_property*);
  static void on_disconnect(mosquitto*, void* self, int reason, const mosquitto_property*);
  static void on_message(mosquitto*, void* self, const mosquitto_message* message, const mosquitto_property*);

  Status open();
  Status wait_for_connack();
  Status subscribe();
  Status write_all();
  Error failed(const std::string& doing, int rc);

  const BridgeMqttSettings& settings_;
  int receive_maximum_;
  StopSignal& stop_;
  MosquittoHandle handle_;
  std::optional<int> connack_;
  bool session_present_ = false;
  bool subscribed_ = false;
  std::optional<int> denied_;             ///< reason code of the SUBACK
  std::optional<int> disconnect_reason_;  ///< what the broker said when it closed
  std::size_t held_ = 0;
  std::vector<InboundMessage> inbox_;  ///< slots keep their memory
  std::size_t inbox_size_ = 0;
};

}  // namespace wayside::bridge
