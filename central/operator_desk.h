#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "central/fold.h"
#include "common/http/server.h"

namespace wayside::central {

/// What operators ask of the database, carried to the one thread that may write it, and the answers back. Jobs run between
/// two batches, also while nothing is folded.
///
/// An exchange belongs to the main loop, which may be the only one to let go of its last holder: it goes back with the answer.
class OperatorDesk {
 public:
  static constexpr std::size_t kJobsMax = 16;
  /// Does the work on the writing thread; tells the board's part in the batch.
  using Work = std::function<HttpResponse(Fold&, FoldedBatch&)>;
  /// Does the work, answers whoever asked, and returns what has changed for the board. To be called once.
  using Job = std::function<FoldedBatch(Fold&)>;

  /// From the main loop, which sends the answer. False: too many are waiting, or it is closed; nothing is taken.
  bool ask(boost::asio::io_context& loop, std::shared_ptr<HttpExchange> exchange, Work work);
  /// The oldest job, or an empty function.
  Job take();
  /// Drops what waits, unanswered, and takes nothing more. When the loop no longer runs, and before it goes.
  void close();

 private:
  std::mutex mutex_;
  std::deque<Job> jobs_;
  bool closed_ = false;
};

}  // namespace wayside::central
