#include "central/database_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace wayside::central {

Result<DatabaseLock> DatabaseLock::take(const std::string& database) {
  // By its real name: a second name of the same file must not get a lock of its own.
  std::error_code none;
  const std::filesystem::path real = std::filesystem::weakly_canonical(database, none);
  const std::string path = (none ? database : real.string()) + ".lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return Error{"database: cannot create " + path + ": " + std::strerror(errno),
                 "check that the folder exists and that this user may write there"};
  }
  DatabaseLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error{"database: another wayside-central has it open (got " + database + ")",
                 "stop that one, or give this one a database of its own"};
  }
  return lock;
}

DatabaseLock::~DatabaseLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace wayside::central
