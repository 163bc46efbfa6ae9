#include "edge/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace wayside::edge {
namespace {

std::string read_owner(int file) {
  char text[32] = {};
  const ssize_t size = ::pread(file, text, sizeof text - 1, 0);
  return size > 0 ? " (process " + std::string(text, static_cast<std::size_t>(size)) + ")" : "";
}

}  // namespace

StateLock::StateLock(StateLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

StateLock::~StateLock() {
  if (file_ >= 0) ::close(file_);
}

Result<StateLock> StateLock::take(const std::string& folder) {
  const std::string path = folder + "/agent.lock";
  StateLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) {
    return Error{"state_dir: " + path + ": " + std::strerror(errno), "a folder this user may write to"};
  }
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    return Error{"state_dir: another agent uses it" + read_owner(lock.file_) + " (got " + folder + ")",
                 "stop the other agent, or give each agent its own state_dir"};
  }
  const std::string owner = std::to_string(::getpid());
  // Only for the error above: a disk without room for a number is not a reason to stop here.
  if (::ftruncate(lock.file_, 0) == 0) static_cast<void>(::pwrite(lock.file_, owner.data(), owner.size(), 0) == 0);
  return lock;
}

}  // namespace wayside::edge
