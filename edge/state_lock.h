#pragma once

#include <string>

#include "common/base/result.h"

namespace wayside::edge {

/// The right to use a state folder: one process at a time has it, until it is destroyed or the process ends.
class StateLock {
 public:
  StateLock() = default;
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&& other) noexcept;
  ~StateLock();

  /// Creates `<folder>/agent.lock`, which stays there, and locks it. An error says who has it.
  static Result<StateLock> take(const std::string& folder);

 private:
  explicit StateLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace wayside::edge
