#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/mqtt/mosquitto_handle.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// The broker's answer to a QoS 1 publication.
enum class PublishOutcome {
  kTaken,         ///< somebody subscribes, as far as the broker knows
  kNoSubscriber,  ///< reason 0x10
  kRefused,       ///< reason 0x80 and above: an ACL, a quota, a bad topic
};

/// What became of a call of publish().
struct Published {
  enum class As {
    kQueued,
    kOffline,  ///< there is no connection (any more): the next session may take it
    kRefused,  ///< this broker never takes it: larger than its Maximum Packet Size
  };
  As as = As::kOffline;
  int message_id = 0;  ///< of what was queued

  bool queued() const { return as == As::kQueued; }
  bool refused() const { return as == As::kRefused; }
};

/// What happens on the link; all calls on the agent's loop.
struct MqttLinkEvents {
  std::function<void()> connected;
  std::function<void(const std::string& why)> disconnected;
  std::function<void(int message_id, PublishOutcome outcome)> published;
  std::function<void(std::string_view payload)> received;  ///< on the subscribed topic
};

struct MqttLinkOptions {
  MqttSettings mqtt;
  std::string client_id;
  std::string subscribe_topic;
  std::string will_topic;
  std::string will_payload;
  int in_flight_max = 256;
  /// While it says false, the dates of the broker's certificate are not checked: a Raspberry Pi that starts in 1970 would
  /// refuse every one, and never hear the bridge's `now`. Null: checked always. Read by the link's thread.
  std::shared_ptr<const std::atomic<bool>> time_known;
  std::uint32_t retry_ms_min = 500;
  std::uint32_t retry_ms_max = 30'000;  ///< while a broker is there and refuses us (RetryPause)
};

/// One MQTT 5 connection that is made anew, with jittered back-off, as long as it is started. Each connection is a
/// fresh session on a fresh handle: the library keeps nothing over it, what must survive is in the outbox.
/// A thread of its own runs libmosquitto, because connecting blocks.
class MqttLink {
 public:
  /// Seam for tests of the uplink.
  class Interface {
   public:
    virtual ~Interface() = default;
    virtual void start(MqttLinkEvents events) = 0;
    /// Queues a QoS 1 publication.
    virtual Published publish(const std::string& topic, std::string_view payload, bool retain) = 0;
    /// DISCONNECT after all publications are acknowledged, waiting up to three seconds. The will stays unsent unless they
    /// are not: then it takes the place of the last word.
    virtual void stop() = 0;
  };
  static std::unique_ptr<Interface> make(boost::asio::io_context& loop, MqttLinkOptions options);
};

}  // namespace wayside::edge
