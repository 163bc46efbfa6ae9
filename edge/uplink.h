#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "edge/mqtt_link.h"
#include "edge/reading_store.h"
#include "edge/send_window.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

struct UplinkOptions {
  std::string agent;
  std::size_t window = 256;            ///< readings without a receipt
  std::uint32_t backlog_per_s = 500;   ///< until a receipt says otherwise
  std::uint32_t trim_delay_ms = 1000;  ///< how long receipts gather before the outbox is trimmed
  WindowTimes times;
};

struct UplinkEvents {
  std::function<std::string()> health;         ///< the payload of the health message
  std::function<void(UtcTime)> time_received;  ///< `now` of a receipt
};

/// What the broker takes in no message, since the start.
struct Unpublishable {
  std::uint64_t count = 0;
  std::string last;  ///< topic and size
};

/// Brings the outbox to the bridge: publishes in order of acceptance, live readings before the backlog, keeps to the
/// window, sends again by the window's rules, settles by receipts, publishes station information and health.
/// A reading that the broker never takes (Maximum Packet Size) is let go as unpublishable and never blocks the others.
/// Lives on the agent's loop.
class Uplink {
 public:
  Uplink(boost::asio::io_context& loop, const Clock& clock, ReadingStore& outbox, std::unique_ptr<MqttLink::Interface> link,
         UplinkOptions options, UplinkEvents events);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void start();
  /// Last word "offline" (by `health`), DISCONNECT. What has no receipt stays in the outbox.
  void stop();

  /// New readings were committed, or old ones were dated.
  void outbox_grew();
  void outbox_dated();
  /// Publishes the information now or with the next connect (where it comes from the outbox).
  void announce(const std::string& station_id, const std::string& json);
  void publish_health();

  bool online() const;
  /// Online, and the broker has all station information: what is not in the outbox any more has arrived.
  bool announced() const;
  std::size_t in_flight() const;
  const Unpublishable& unpublishable() const;
  /// Readings/s that got their receipt, over the last minute or so.
  double receipted_per_s() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayside::edge
