#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace wayside::sim {

/// Calls a function again and again on the loop; the function says after how long next, or a negative time to end.
/// Stops when destroyed.
class Ticker {
 public:
  using Delay = std::chrono::milliseconds;
  Ticker(boost::asio::io_context& loop, Delay first, std::function<Delay()> function);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wayside::sim
