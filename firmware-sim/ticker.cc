#include "firmware-sim/ticker.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace wayside::sim {

struct Ticker::Impl : std::enable_shared_from_this<Ticker::Impl> {
  Impl(boost::asio::io_context& loop, std::function<Delay()> called) : timer(loop), function(std::move(called)) {}

  void wait(Delay delay) {
    timer.expires_after(delay);
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || self->stopped) return;
      const Delay next = self->function();
      if (!self->stopped && next >= Delay::zero()) self->wait(next);
    });
  }

  boost::asio::steady_timer timer;
  std::function<Delay()> function;
  bool stopped = false;
};

Ticker::Ticker(boost::asio::io_context& loop, Delay first, std::function<Delay()> function)
    : impl_(std::make_shared<Impl>(loop, std::move(function))) {
  impl_->wait(first);
}

Ticker::~Ticker() {
  impl_->stopped = true;
  impl_->timer.cancel();
}

}  // namespace wayside::sim
