#pragma once

#include <deque>
#include <functional>
#include <mutex>

#include "central/fold.h"

namespace wayside::central {

/// What operators ask of the database, carried to the one thread that may write it. Jobs run between two batches, also
/// while nothing is folded. A job still waiting at the end is dropped unanswered.
class OperatorDesk {
 public:
  static constexpr std::size_t kJobsMax = 16;
  /// Does the work, answers whoever asked, and returns what has changed for the board.
  using Job = std::function<FoldedBatch(Fold&)>;

  /// From any thread. False: too many are waiting; the job is not taken.
  bool ask(Job job) {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kJobsMax) return false;
    jobs_.push_back(std::move(job));
    return true;
  }
  /// The oldest job, or an empty function.
  Job take() {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return {};
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

 private:
  std::mutex mutex_;
  std::deque<Job> jobs_;
};

}  // namespace wayside::central
