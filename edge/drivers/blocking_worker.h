#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// A thread for work that blocks (a bus, sysfs, a console that answers when it likes), so that the loop never does. One piece
/// at a time; the thread begins with the first.
class BlockingWorker {
 public:
  /// What is to be done on the loop with the outcome.
  using Done = std::function<void()>;

  /// The worker's side of a piece of work: whether to go on.
  class Pace {
   public:
    virtual ~Pace() = default;
    virtual bool stopping() const = 0;
    /// Sleeps; false as soon as the worker is stopping.
    virtual bool sleep(std::chrono::milliseconds time) = 0;
  };

  explicit BlockingWorker(boost::asio::io_context& loop);
  /// Waits for the work under way; its outcome is dropped.
  ~BlockingWorker();
  BlockingWorker(const BlockingWorker&) = delete;
  BlockingWorker& operator=(const BlockingWorker&) = delete;

  /// Runs `work` in the thread and then what it returns on the loop. Not while busy(). On the loop.
  void run(std::function<Done(Pace&)> work);
  bool busy() const;
  /// As the destructor; nothing runs any more.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wayside::edge
