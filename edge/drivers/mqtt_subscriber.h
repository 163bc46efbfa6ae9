#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/mqtt/mosquitto_handle.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

struct MqttArrived {
  std::string topic;
  std::string payload;
  bool retained = false;  ///< kept by the broker from before: nobody knows how old it is
};

/// All calls on the loop.
struct MqttSubscriberEvents {
  std::function<void()> subscribed;
  std::function<void(const std::string& why)> lost;
  std::function<void(const MqttArrived&)> arrived;
};

/// Listens to topics of a broker that devices use, in a thread of its own. The connection is made anew with back-off. At most
/// kWaitingMax messages wait for the loop; what comes beyond is dropped and counted.
class MqttSubscriber {
 public:
  static constexpr std::size_t kWaitingMax = 1000;
  static constexpr std::size_t kPayloadMax = 64 * 1024;

  MqttSubscriber(boost::asio::io_context& loop, const MqttSettings& broker, std::string client_id,
                 std::vector<std::string> filters);
  ~MqttSubscriber();
  MqttSubscriber(const MqttSubscriber&) = delete;
  MqttSubscriber& operator=(const MqttSubscriber&) = delete;

  void start(MqttSubscriberEvents events);
  void stop();
  std::uint64_t dropped() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace wayside::edge
