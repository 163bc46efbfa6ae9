#include "edge/drivers/console_port.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "edge/drivers/modbus_bus.h"
#include "edge/drivers/serial_port.h"

namespace wayside::edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr milliseconds kConnectWait{5000};

bool wait_for(int fd, short events, milliseconds time) {
  pollfd ready{fd, events, 0};
  return ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(time.count(), 0))) == 1;
}

Result<int> open_tcp(const std::string& host, const std::string& service) {
  const std::string doing = "connecting to " + host + ":" + service;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &found); code != 0) {
    return Error{doing + ": " + ::gai_strerror(code), "check port"};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> keep(found, ::freeaddrinfo);
  int code = ECONNREFUSED;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int fd = ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    if (::connect(fd, address->ai_addr, address->ai_addrlen) == 0) return fd;
    socklen_t size = sizeof code;
    code = errno;
    if (code == EINPROGRESS) {
      code = ETIMEDOUT;
      if (wait_for(fd, POLLOUT, kConnectWait)) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    }
    if (code == 0) return fd;
    ::close(fd);
  }
  return Error{doing + ": " + std::strerror(code), "is the console on, and does it take one client only?"};
}

class FdPort final : public ConsolePort {
 public:
  FdPort(std::string port, int baud) : port_(std::move(port)), baud_(baud) {}
  ~FdPort() override { FdPort::close(); }

  Status open() override {
    close();
    const auto tcp = parse_tcp_port(port_);
    auto opened = tcp ? open_tcp(tcp->first, tcp->second) : open_terminal(port_, baud_, O_RDWR);
    if (!opened) return std::move(opened).error();
    fd_ = *opened;
    return {};
  }

  void close() override {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t size = ::write(fd_, bytes.data(), bytes.size());
      if (size < 0 && errno == EAGAIN && wait_for(fd_, POLLOUT, kConnectWait)) continue;
      if (size < 0) return Error{"writing to " + port_ + ": " + std::strerror(errno), ""};
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
  }

  std::string read(std::size_t size, milliseconds time_out) override {
    const auto deadline = steady_clock::now() + time_out;
    std::string bytes;
    while (bytes.size() < size) {
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
      if (left.count() <= 0 || !wait_for(fd_, POLLIN, left)) break;
      char buffer[256];
      const ssize_t got = ::read(fd_, buffer, std::min(size - bytes.size(), sizeof buffer));
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) break;
      bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return bytes;
  }

 private:
  std::string port_;
  int baud_;
  int fd_ = -1;
};

}  // namespace

std::unique_ptr<ConsolePort> make_console_port(std::string port, int baud) {
  return std::make_unique<FdPort>(std::move(port), baud);
}

}  // namespace wayside::edge
