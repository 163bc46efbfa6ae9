#pragma once

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

/// Threads that answer requests which take longer than the main loop may: questions to the database, each through a
/// read-only connection of its thread, and the compression of large answers. The queue is limited: a request over the
/// limit is refused with 503 and counted.
class ReaderPool {
 public:
  /// Answers one request. May be called on any thread of the pool, one at a time per connection.
  using Job = std::function<HttpResponse(SqlDatabase&)>;
  static constexpr std::size_t kQueueMax = 256;

  ReaderPool(boost::asio::io_context& loop, std::string database, std::size_t threads);
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// To be called on the main loop; the answer is sent from there too.
  void answer(const std::shared_ptr<HttpExchange>& exchange, Job job);
  /// Ends the threads; what waits in the queue stays unanswered.
  void stop();
  std::uint64_t refused_total() const { return refused_total_; }

 private:
  struct Task {
    std::shared_ptr<HttpExchange> exchange;
    HttpRequest request;  ///< a copy: the exchange belongs to the main loop
    Job job;
  };
  void work();
  HttpResponse run(const Task& task, std::unique_ptr<SqlDatabase>& connection);

  boost::asio::io_context& loop_;
  std::string database_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::uint64_t refused_total_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace wayside::central
