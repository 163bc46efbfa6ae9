#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "central/alert_settings.h"
#include "central/alert_store.h"

namespace wayside::central {

/// Seam: who is told. Used by one thread.
class AlertChannel {
 public:
  virtual ~AlertChannel() = default;
  virtual std::string name() const = 0;
  /// Blocks until they are taken, all of them, or it has failed. Ends soon after `stop` is asked for.
  virtual Status send(const std::vector<AlertNotice>& notices, const std::stop_token& stop) = 0;
};
/// POSTs `{"central":"<id>","notices":[…]}`; taken is an answer of 2xx.
std::unique_ptr<AlertChannel> make_webhook(const AlertWebhookSettings& settings, const std::string& database_id);
/// Publishes each notice; taken is the broker's PUBACK. Connects for each call: alerts are rare.
std::unique_ptr<AlertChannel> make_alert_topic(const AlertMqttSettings& settings, const std::string& database_id);

struct AlertSenderOptions {
  std::chrono::milliseconds retry_min{1000};
  std::chrono::milliseconds retry_max{300'000};
};

struct AlertSenderCounters {
  std::string channel;
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;  ///< calls
  std::int64_t waiting = 0;
  std::int64_t dropped = 0;
};

/// Carries one channel's notices from the store, in order, in a thread of its own. What has failed is tried again with
/// doubling waits; what a kill interrupts is sent again after the start (`alert_id` and `event` tell repeats).
class AlertSender {
 public:
  AlertSender(AlertStore& store, std::unique_ptr<AlertChannel> channel, AlertSenderOptions options);
  ~AlertSender();
  AlertSender(const AlertSender&) = delete;
  AlertSender& operator=(const AlertSender&) = delete;

  /// There may be something new.
  void wake();
  AlertSenderCounters counters() const;

 private:
  void run(const std::stop_token& stop);
  /// Returns how many the channel took.
  Result<std::size_t> send_waiting(const std::stop_token& stop);
  /// True: go on at once, there may be more.
  bool send_some(const std::stop_token& stop);

  AlertStore& store_;
  std::unique_ptr<AlertChannel> channel_;
  AlertSenderOptions options_;
  std::chrono::milliseconds retry_{0};  ///< 0: the last call went well
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool woken_ = true;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace wayside::central
