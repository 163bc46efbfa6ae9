#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace wayside::edge {

/// Seam: a console that is asked and answers, on a serial line or over TCP. Its calls block up to their time-out: for a
/// BlockingWorker only, one thread at a time.
class ConsolePort {
 public:
  virtual ~ConsolePort() = default;
  virtual Status open() = 0;
  virtual void close() = 0;
  virtual Status write(std::string_view bytes) = 0;
  /// Up to `size` bytes: fewer when the time is over or the port has ended.
  virtual std::string read(std::size_t size, std::chrono::milliseconds time_out) = 0;
};

/// `port`: a serial device, or tcp://host:22222.
std::unique_ptr<ConsolePort> make_console_port(std::string port, int baud);

}  // namespace wayside::edge
