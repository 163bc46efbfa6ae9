#pragma once

#include "common/base/result.h"

namespace wayside::bridge {

/// SIGINT and SIGTERM as a file descriptor, so that one poll() waits for work and for the end. Make it before any
/// thread is started: threads inherit that the signals are blocked. Used by the main thread only.
class StopSignal {
 public:
  static Result<StopSignal> create();
  StopSignal(StopSignal&& other) noexcept;
  StopSignal& operator=(StopSignal&&) = delete;
  ~StopSignal();

  /// True from the first signal on.
  bool requested();
  /// Readable when a signal has come.
  int fd() const { return fd_; }
  /// Waits up to `timeout_ms` for `events` (POLLIN, POLLOUT) on `fd` or for the signal; true when `fd` is ready or has
  /// failed. `fd` may be -1. Returns at once when the stop has been requested before and `fd` is not ready.
  bool wait(int fd, short events, int timeout_ms);

 private:
  explicit StopSignal(int fd) : fd_(fd) {}
  int fd_;
  bool requested_ = false;
};

}  // namespace wayside::bridge
