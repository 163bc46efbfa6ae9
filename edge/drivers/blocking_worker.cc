#include "edge/drivers/blocking_worker.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/result.h"

namespace wayside::edge {

class BlockingWorker::Impl final : public BlockingWorker::Pace, public std::enable_shared_from_this<BlockingWorker::Impl> {
 public:
  explicit Impl(boost::asio::io_context& loop) : loop_(loop) {}

  void run(std::function<Done(Pace&)> work) {
    WAYSIDE_CHECK(!busy_);
    if (stopping()) return;
    busy_ = true;
    {
      const std::lock_guard lock(mutex_);
      work_ = std::move(work);
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { work_on(); });
    wake_.notify_all();
  }

  bool busy() const { return busy_; }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  bool stopping() const override {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  bool sleep(std::chrono::milliseconds time) override {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, time, [this] { return stopping_; });
  }

 private:
  void work_on() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || work_; });
      if (stopping_) return;
      const auto work = std::exchange(work_, nullptr);
      lock.unlock();
      Done done = work(*this);
      lock.lock();
      if (stopping_) return;  // the loop may be gone
      boost::asio::post(loop_, [weak = weak_from_this(), done = std::move(done)] {
        const auto self = weak.lock();
        if (!self || self->stopping()) return;
        self->busy_ = false;
        done();
      });
    }
  }

  boost::asio::io_context& loop_;
  mutable std::mutex mutex_;  // guards work_ and stopping_
  std::condition_variable wake_;
  std::function<Done(Pace&)> work_;
  bool stopping_ = false;
  bool busy_ = false;  // the loop's
  std::thread thread_;
};

BlockingWorker::BlockingWorker(boost::asio::io_context& loop) : impl_(std::make_shared<Impl>(loop)) {}
BlockingWorker::~BlockingWorker() { impl_->stop(); }
void BlockingWorker::run(std::function<Done(Pace&)> work) { impl_->run(std::move(work)); }
bool BlockingWorker::busy() const { return impl_->busy(); }
void BlockingWorker::stop() { impl_->stop(); }

}  // namespace wayside::edge
