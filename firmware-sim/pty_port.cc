#include "firmware-sim/pty_port.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/log.h"

namespace wayside::sim {

Result<std::unique_ptr<PtyPort>> PtyPort::open(const std::string& link) {
  int master = -1;
  int slave = -1;
  std::array<char, 128> name{};
  termios raw{};
  cfmakeraw(&raw);
  cfsetspeed(&raw, B4800);
  if (openpty(&master, &slave, name.data(), &raw, nullptr) != 0) {
    return Error{std::string("opening a pseudo terminal: ") + std::strerror(errno), "check that /dev/pts is mounted"};
  }
  fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  std::unique_ptr<PtyPort> port(new PtyPort(master, slave, name.data(), link));
  std::error_code error;
  const bool ours = std::filesystem::is_symlink(std::filesystem::symlink_status(link, error));
  if (ours) std::filesystem::remove(link, error);
  std::filesystem::create_symlink(name.data(), link, error);
  if (error) {
    port->link_.clear();
    return Error{"--link: " + error.message() + " (got " + link + ")", "a new path in a folder that exists"};
  }
  return port;
}

PtyPort::~PtyPort() {
  std::error_code ignored;
  // Only our own link: a later simulator may have put its own there.
  if (!link_.empty() && std::filesystem::read_symlink(link_, ignored) == device_) std::filesystem::remove(link_, ignored);
  close(master_);
  close(slave_);
}

void PtyPort::write(std::string_view bytes) {
  int unread = 0;
  if (ioctl(slave_, FIONREAD, &unread) == 0 && unread > kUnreadMax) {
    tcflush(slave_, TCIFLUSH);
    ++overruns_;
    log_limited(LogLevel::kInfo, "serial_unread", device_, {{"device", device_}, {"overruns", overruns_}});
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(master_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // full: the rest is lost, as on a line
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace wayside::sim
