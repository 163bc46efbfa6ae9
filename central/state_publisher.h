#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "central/board.h"
#include "central/ingest_status.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::central {

struct StatePublisherCounters {
  std::uint64_t states = 0;      ///< that Kafka has committed
  std::uint64_t tombstones = 0;  ///< of stations that are no more
  std::uint64_t failures = 0;    ///< not taken by Kafka; sent again
  std::uint64_t waiting = 0;     ///< stations whose state Kafka does not have yet
};

/// Keeps the compacted topic `station-state` as the board is: the newest row of each station under its id (FORMAT.md), a
/// tombstone for one that is no more. A thread of its own reads the topic first and then writes only what differs, so a
/// restart leaves nothing out and repeats nothing. Of a station that changes faster than Kafka takes it only the newest row
/// goes out; so at most one row a station waits. While Kafka is away it waits too.
class StatePublisher {
 public:
  static Result<std::unique_ptr<StatePublisher>> open(const KafkaSettings& settings, const std::string& client_id);
  ~StatePublisher();
  StatePublisher(const StatePublisher&) = delete;
  StatePublisher& operator=(const StatePublisher&) = delete;

  /// From the main loop, with the whole board, several times a second. Stations that are in the topic and not on the board
  /// are taken for gone once `ingest` has caught up with Kafka.
  void look_at(const Board& board, const IngestStatus& ingest);
  /// From the main loop: the station has been retired.
  void station_gone(const std::string& id);
  /// From any thread.
  StatePublisherCounters counters() const;

 private:
  using State = std::optional<std::string>;  ///< nothing: gone
  struct TopicDestroy {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };
  StatePublisher(KafkaSettings settings, std::string client_id);
  Status make_producer();
  void run(const std::stop_token& stop);
  bool wait(const std::stop_token& stop, std::chrono::milliseconds time);
  Status read_topic(const std::stop_token& stop);
  Status read_to_end(rd_kafka_t* reader, int partitions, const std::stop_token& stop);
  void follow_board(const std::stop_token& stop);
  void take_mail();
  bool bury_the_gone();
  void publish();
  bool send(const std::string& id, const State& state);
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* context);
  void delivered(const std::string& id, rd_kafka_resp_err_t error);

  KafkaSettings settings_;
  std::string client_id_;
  std::uint64_t version_ = 0;  ///< of the board, at the last look; the main loop's

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::string, State> mail_;  ///< the newest of each station
  std::set<std::string> on_board_;     ///< all of it once wants_all_ is false
  bool wants_all_ = true;              ///< the whole board is to be put into the mail
  bool caught_up_ = false;             ///< since wants_all_
  StatePublisherCounters counters_;

  // The thread's.
  std::string cluster_id_;
  std::map<std::string, std::uint64_t> published_;  ///< hash of what Kafka has, by station
  std::map<std::string, State> waiting_;            ///< to be sent
  std::map<std::string, State> sent_;               ///< on their way
  KafkaHandle producer_;
  std::unique_ptr<rd_kafka_topic_t, TopicDestroy> topic_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace wayside::central
