#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "edge/driver.h"
#include "edge/drivers/back_off.h"
#include "edge/drivers/blocking_worker.h"
#include "edge/drivers/driver_state.h"

namespace wayside::edge {

/// Asks one device each interval, in a thread of its own, and sooner with back-off while that fails; tells health which of both
/// it is. On the host's loop.
class IntervalPoll {
 public:
  /// Why it failed, with the device's name; empty: all is well. Called on the loop.
  using Outcome = std::function<std::string()>;
  /// Called in the thread, one at a time; what it uses must outlive the poll.
  using Ask = std::function<Outcome(BlockingWorker::Pace&)>;

  /// `what` names the device in the log.
  IntervalPoll(DriverHost& host, std::string what, std::chrono::seconds interval, BackOff back_off, Ask ask);

  void start() { poll(); }
  /// Waits for what is under way; nothing is asked any more.
  void stop();

  std::uint64_t polls() const { return polls_; }
  std::uint64_t failed() const { return failed_; }

 private:
  void poll();
  void settle(const std::string& fault);

  std::chrono::milliseconds interval_;
  BackOff back_off_;
  DriverState state_;
  Ask ask_;
  boost::asio::steady_timer due_;
  std::uint64_t polls_ = 0;
  std::uint64_t failed_ = 0;
  std::shared_ptr<void> alive_ = std::make_shared<int>();  ///< a timer that has rung already may find us gone
  BlockingWorker worker_;                                  // last: it ends before what its work uses
};

}  // namespace wayside::edge
