#include "edge/drivers/serial_port.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

namespace wayside::edge {
namespace {

namespace asio = boost::asio;

struct Baud {
  int rate;
  speed_t code;
};
constexpr Baud kBauds[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
                           {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};

std::optional<speed_t> baud_code(int rate) {
  for (const Baud& baud : kBauds) {
    if (baud.rate == rate) return baud.code;
  }
  return std::nullopt;
}

Error system_error(const std::string& what, const std::string& path) {
  const int code = errno;
  std::string hint = "is the device plugged in? ls -l /dev/serial/by-id";
  if (code == EACCES) hint = "add the agent's user to the port's group: usermod -aG dialout wayside";
  if (code == EBUSY) hint = "another program holds the port (gpsd, ModemManager?)";
  return Error{what + " " + path + ": " + std::strerror(code), hint};
}

/// 8 data bits, no parity, 1 stop bit, no flow control, no line editing.
Status make_raw(int fd, const std::string& path, speed_t speed) {
  termios mode{};
  if (tcgetattr(fd, &mode) != 0) return system_error("reading the mode of", path);
  cfmakeraw(&mode);
  mode.c_cflag |= CLOCAL | CREAD;
  mode.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  cfsetispeed(&mode, speed);
  cfsetospeed(&mode, speed);
  if (tcsetattr(fd, TCSANOW, &mode) != 0) return system_error("setting the mode of", path);
  return {};
}

class TerminalPort final : public SerialPort {
 public:
  TerminalPort(asio::io_context& loop, std::string path, int baud)
      : state_(std::make_shared<State>(loop)), path_(std::move(path)), baud_(baud) {}
  ~TerminalPort() override { close(); }

  Status open(std::function<void(std::string_view)> on_bytes, std::function<void(const std::string&)> on_lost) override {
    close();
    auto fd = open_terminal(path_, baud_, O_RDONLY);
    if (!fd) return std::move(fd).error();
    boost::system::error_code error;
    state_->descriptor.assign(*fd, error);
    if (error) {
      ::close(*fd);
      return Error{"opening " + path_ + ": " + error.message(), ""};
    }
    state_->on_bytes = std::move(on_bytes);
    state_->on_lost = std::move(on_lost);
    read(state_, state_->generation);
    return {};
  }

  void close() override {
    ++state_->generation;
    boost::system::error_code ignored;
    state_->descriptor.close(ignored);
  }

 private:
  /// Outlives the port while a read is under way.
  struct State {
    explicit State(asio::io_context& loop) : descriptor(loop) {}
    asio::posix::stream_descriptor descriptor;
    std::uint64_t generation = 0;  ///< of open(); a read of an earlier one is void
    std::array<char, 1024> buffer{};
    std::function<void(std::string_view)> on_bytes;
    std::function<void(const std::string&)> on_lost;
  };

  static void read(const std::shared_ptr<State>& state, std::uint64_t generation) {
    state->descriptor.async_read_some(asio::buffer(state->buffer),
                                      [state, generation](boost::system::error_code error, std::size_t size) {
                                        if (generation != state->generation) return;
                                        if (error) {
                                          const auto on_lost = state->on_lost;
                                          return on_lost(error.message());
                                        }
                                        const auto on_bytes = state->on_bytes;
                                        on_bytes(std::string_view(state->buffer.data(), size));
                                        if (generation == state->generation) read(state, generation);
                                      });
  }

  std::shared_ptr<State> state_;
  std::string path_;
  int baud_;
};

}  // namespace

std::unique_ptr<SerialPort> make_serial_port(asio::io_context& loop, std::string path, int baud) {
  return std::make_unique<TerminalPort>(loop, std::move(path), baud);
}

Result<int> open_terminal(const std::string& path, int baud, int access) {
  const auto speed = baud_code(baud);
  if (!speed) return Error{"baud: is no standard rate (got " + std::to_string(baud) + ")", "4800 for NMEA 0183"};
  const int fd = ::open(path.c_str(), access | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return system_error("opening", path);
  if (Status raw = make_raw(fd, path, *speed); !raw.ok()) {
    ::close(fd);
    return std::move(raw).error();
  }
  ioctl(fd, TIOCEXCL);  // a second reader would take every other byte; where it cannot be had, go on without
  return fd;
}

const std::vector<std::string>& serial_bauds() {
  static const std::vector<std::string> kTexts = [] {
    std::vector<std::string> texts;
    for (const Baud& baud : kBauds) texts.push_back(std::to_string(baud.rate));
    return texts;
  }();
  return kTexts;
}

void LineSplitter::feed(std::string_view bytes, const std::function<void(std::string_view)>& on_line) {
  for (const char c : bytes) {
    if (c == '\n' || c == '\r') {
      if (!skipping_ && !line_.empty()) on_line(line_);
      line_.clear();
      skipping_ = false;
    } else if (!skipping_) {
      line_ += c;
      if (line_.size() <= bytes_max_) continue;
      on_line(line_);
      line_.clear();
      skipping_ = true;
    }
  }
}

}  // namespace wayside::edge
