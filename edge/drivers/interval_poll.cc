#include "edge/drivers/interval_poll.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <utility>

namespace wayside::edge {

IntervalPoll::IntervalPoll(DriverHost& host, std::string what, std::chrono::seconds interval, BackOff back_off, Ask ask)
    : interval_(interval),
      back_off_(back_off),
      state_(host, std::move(what)),
      ask_(std::move(ask)),
      due_(host.loop()),
      worker_(host.loop()) {}

void IntervalPoll::stop() {
  due_.cancel();
  worker_.stop();
}

void IntervalPoll::poll() {
  ++polls_;
  worker_.run([this](BlockingWorker::Pace& pace) -> BlockingWorker::Done {
    return [this, outcome = ask_(pace)] { settle(outcome()); };
  });
}

void IntervalPoll::settle(const std::string& fault) {
  std::chrono::milliseconds pause = interval_;
  if (fault.empty()) {
    back_off_.reset();
    state_.ok();
  } else {
    ++failed_;
    state_.fault(fault);
    pause = std::min(pause, back_off_.next());
  }
  due_.expires_after(pause);
  due_.async_wait([this, alive = std::weak_ptr<void>(alive_)](boost::system::error_code error) {
    if (!error && !alive.expired()) poll();
  });
}

}  // namespace wayside::edge
