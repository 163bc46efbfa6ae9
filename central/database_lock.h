#pragma once

#include <string>

#include "common/base/result.h"

namespace wayside::central {

/// Holds `<database>.lock` for the life of the process, so that a second central on the same database refuses to start.
/// The kernel frees it with the process, however that ends; the file stays.
class DatabaseLock {
 public:
  static Result<DatabaseLock> take(const std::string& database);
  DatabaseLock(DatabaseLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  DatabaseLock& operator=(DatabaseLock&&) = delete;
  ~DatabaseLock();

 private:
  explicit DatabaseLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace wayside::central
