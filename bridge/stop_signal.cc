#include "bridge/stop_signal.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wayside::bridge {

Result<StopSignal> StopSignal::create() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const int fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return Error{std::string("waiting for signals: ") + std::strerror(errno), ""};
  return StopSignal(fd);
}

StopSignal::StopSignal(StopSignal&& other) noexcept : fd_(std::exchange(other.fd_, -1)), requested_(other.requested_) {}

StopSignal::~StopSignal() {
  if (fd_ >= 0) close(fd_);
}

bool StopSignal::requested() {
  signalfd_siginfo info;
  if (!requested_ && read(fd_, &info, sizeof info) == sizeof info) requested_ = true;
  return requested_;
}

bool StopSignal::wait(int fd, short events, int timeout_ms) {
  // A signal that was read before no longer makes the descriptor readable: then do not wait at all.
  std::array<pollfd, 2> fds{{{fd, events, 0}, {fd_, POLLIN, 0}}};
  if (poll(fds.data(), fds.size(), requested_ ? 0 : timeout_ms) <= 0) return false;
  if (fds[1].revents != 0) requested();
  return fds[0].revents != 0;
}

}  // namespace wayside::bridge
