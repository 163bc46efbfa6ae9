#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "central/board.h"
#include "common/http/server.h"

namespace wayside::central {

struct EventHubOptions {
  std::string database_id;
  std::uint64_t first_event = 0;  ///< events of this process are numbered above it
  std::size_t viewers_max = 3000;
  std::size_t queue_bytes_max = 1024 * 1024;
  std::size_t kept_deltas_max = 2048;
  std::size_t kept_bytes_max = 16 * 1024 * 1024;
};

struct EventHubCounters {
  std::size_t viewers = 0;
  std::uint64_t viewers_total = 0;
  std::uint64_t resumed_total = 0;
  std::uint64_t snapshots_total = 0;
  std::uint64_t slow_dropped_total = 0;
  std::uint64_t refused_total = 0;  ///< over viewers_max
  std::uint64_t deltas_total = 0;
};

/// The event stream: a snapshot first, then deltas, each serialised once and shared by all viewers. Event ids are
/// `<database_id>-<number>`; the numbers only grow, across restarts too. A viewer that comes back with an id whose
/// followers are still kept gets those; any other id gets a snapshot. A viewer that cannot follow is dropped when its
/// queue is over the limit, and comes back by itself. Viewers that take gzip get it, compressed once for all of them. Lives on the main loop.
class EventHub {
 public:
  EventHub(Board& board, EventHubOptions options) : board_(board), options_(std::move(options)), event_(options_.first_event) {}

  /// False when there are too many viewers already; the exchange is then unanswered.
  bool add_viewer(const std::shared_ptr<HttpExchange>& exchange, const std::string& last_event_id, HttpHeaders headers,
                  UtcTime now);
  /// Sends what changed on the board since the last call, as one delta.
  void flush(UtcTime now);
  /// A comment to every viewer, so that proxies and browsers keep the connection.
  void keep_alive();
  void close();

  EventHubCounters counters() const;

 private:
  using Bytes = std::shared_ptr<const std::string>;
  struct Viewer {
    std::shared_ptr<HttpExchange> exchange;
    bool gzip = false;
    std::size_t grace_bytes = 0;  ///< of its snapshot, until that is out
  };
  struct Delta {
    std::uint64_t event;
    Bytes bytes;
    Bytes gzipped = nullptr;  ///< made when the first viewer wants it

    const Bytes& as(bool gzip);
  };

  std::optional<std::uint64_t> resumable(const std::string& last_event_id) const;
  Delta& snapshot(UtcTime now);
  Bytes frame(const char* name, std::uint64_t event, const std::string& data) const;
  void keep(Delta delta);
  void send_all(Delta& delta);

  Board& board_;
  EventHubOptions options_;
  std::uint64_t event_;
  std::deque<Delta> kept_;
  std::size_t kept_bytes_ = 0;
  Delta snapshot_{0, nullptr};
  UtcTime snapshot_at_;
  std::list<Viewer> viewers_;
  EventHubCounters counters_;
};

}  // namespace wayside::central
