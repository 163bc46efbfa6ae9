#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace wayside::central {

/// Whether Kafka answers. An idle consumer looks like one whose Kafka is dead or hangs, and librdkafka answers most questions
/// from its memory; so a thread asks for metadata every 2 seconds. Records that come count as answers too.
class KafkaPulse {
 public:
  static constexpr auto kSilenceMax = std::chrono::seconds(10);

  /// `kafka` must outlive it.
  explicit KafkaPulse(rd_kafka_t* kafka);
  /// Waits for the question under way, 4 seconds at most.
  ~KafkaPulse();
  KafkaPulse(const KafkaPulse&) = delete;
  KafkaPulse& operator=(const KafkaPulse&) = delete;

  /// Something has come from Kafka just now.
  void heard();
  /// Nothing has come from Kafka for kSilenceMax.
  bool silent() const;

 private:
  using Clock = std::chrono::steady_clock;
  void ask(const std::stop_token& stop);

  rd_kafka_t* kafka_;
  std::atomic<Clock::time_point> heard_at_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace wayside::central
