#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/sqlite.h"
#include "common/http/server.h"

namespace wayside::central {

/// Appends the next part of a long body to `out`; false when that was the last one. Called on the threads of the pool, one
/// call at a time, only as fast as the client takes what was made before.
using BodyParts = std::function<Result<bool>(SqlDatabase&, std::string& out)>;

/// What a reader makes of a question: a whole answer, or the head of one (its body the beginning) and the parts behind it.
struct Answer {
  Answer(HttpResponse whole) : head(std::move(whole)) {}  // NOLINT(google-explicit-constructor): return json_answer(…);
  Answer(HttpResponse begun, BodyParts rest) : head(std::move(begun)), parts(std::move(rest)) {}
  HttpResponse head;
  BodyParts parts;
};

struct ReaderPoolOptions {
  std::size_t threads = 2;
  std::size_t waiting_max = 256;  ///< questions; further ones get 503 and are counted
  std::size_t streams_max = 64;   ///< long answers under way; further ones get 503 and are counted
  /// For a client to take one part (plus 1 s per 16 KiB); a slower one is dropped and counted.
  std::uint32_t part_timeout_ms = 30'000;
};

struct ReaderPoolCounters {
  std::uint64_t refused_total = 0;  ///< over waiting_max
  std::size_t streams = 0;
  std::uint64_t streams_total = 0;
  std::uint64_t streams_refused_total = 0;  ///< over streams_max
  std::uint64_t streams_slow_total = 0;     ///< dropped because the client took too long
};

/// Threads that answer requests which take longer than the main loop may: questions to the database, each through a
/// read-only connection of its thread, and the compression of large answers. A long body is sent in parts: a thread makes
/// one and goes on to other questions; the next is made when the client has taken it, so that no client holds a thread, a
/// transaction or more memory than a part.
class ReaderPool {
 public:
  /// Answers one request. May be called on any thread of the pool, one at a time per connection.
  using Job = std::function<Answer(SqlDatabase&)>;

  ReaderPool(boost::asio::io_context& loop, std::string database, ReaderPoolOptions options);
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// To be called on the main loop; the answer is sent from there too.
  void answer(const std::shared_ptr<HttpExchange>& exchange, Job job);
  /// Ends the threads; what waits in the queue stays unanswered.
  void stop();
  ReaderPoolCounters counters() const;

 private:
  class Stream;
  struct Question {
    std::shared_ptr<HttpExchange> exchange;
    HttpRequest request;  ///< a copy: the exchange belongs to the main loop
    Job job;
  };
  class Connection;
  using Work = std::function<void(Connection&)>;

  void work();
  void take(Work work);
  void run(const Question& question, Connection& connection);
  void respond(const Question& question, HttpResponse response);
  void begin_stream(const Question& question, HttpResponse head, BodyParts parts, const std::string& beginning);

  boost::asio::io_context& loop_;
  std::string database_;
  ReaderPoolOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::uint64_t refused_total_ = 0;  // these three on the main loop
  std::uint64_t streams_total_ = 0;
  std::uint64_t streams_slow_total_ = 0;
  std::atomic<std::size_t> streams_{0};
  std::atomic<std::uint64_t> streams_refused_total_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace wayside::central
