#pragma once

#include <string>

#include "common/base/result.h"

namespace wayside::edge {

/// Whether the outbox can commit: keeps why not, for health, and logs each change once.
class OutboxFault {
 public:
  /// The outcome of a commit.
  void note(const Status& status);
  /// Empty when the last commit went well.
  const std::string& why() const { return why_; }

 private:
  std::string why_;
};

}  // namespace wayside::edge
