#include "edge/drivers/gpio_port.h"

#include <fcntl.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "edge/drivers/gpio_event.h"

namespace wayside::edge {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kEventsBuffered = 1024;  // the kernel's most for 64 lines

std::uint64_t flags_of(const GpioLineRequest& line) {
  std::uint64_t flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING;
  if (line.both_edges) flags |= GPIO_V2_LINE_FLAG_EDGE_FALLING;
  if (line.active_low) flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
  if (line.bias == "pull-up") flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
  if (line.bias == "pull-down") flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN;
  if (line.bias == "disabled") flags |= GPIO_V2_LINE_FLAG_BIAS_DISABLED;
  return flags;
}

/// The kernel's request: lines of like flags, and lines of like debounce, share an attribute.
gpio_v2_line_request make_request(const std::vector<GpioLineRequest>& lines) {
  gpio_v2_line_request request{};
  std::map<std::uint64_t, std::uint64_t> by_flags;
  std::map<std::uint32_t, std::uint64_t> by_debounce;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    request.offsets[i] = lines[i].offset;
    by_flags[flags_of(lines[i])] |= 1ULL << i;
    if (lines[i].debounce_us > 0) by_debounce[lines[i].debounce_us] |= 1ULL << i;
  }
  std::strncpy(request.consumer, "wayside-agent", sizeof request.consumer - 1);
  request.num_lines = static_cast<std::uint32_t>(lines.size());
  request.event_buffer_size = kEventsBuffered;
  request.config.flags = by_flags.begin()->first;
  std::uint32_t count = 0;
  const auto attribute = [&](std::uint64_t mask) -> gpio_v2_line_attribute& {
    request.config.attrs[count].mask = mask;
    return request.config.attrs[count++].attr;
  };
  for (auto flags = std::next(by_flags.begin()); flags != by_flags.end(); ++flags) {
    auto& entry = attribute(flags->second);
    entry.id = GPIO_V2_LINE_ATTR_ID_FLAGS;
    entry.flags = flags->first;
  }
  for (const auto& [debounce_us, mask] : by_debounce) {
    auto& entry = attribute(mask);
    entry.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
    entry.debounce_period_us = debounce_us;
  }
  request.config.num_attrs = count;
  return request;
}

Error chip_error(const std::string& what, const std::string& chip, int code) {
  std::string hint = "gpioinfo lists chips and lines";
  if (code == EACCES) hint = "add the agent's user to the group that owns it: usermod -aG gpio wayside";
  if (code == EBUSY) hint = "another program or the kernel holds one of the lines; gpioinfo shows which";
  return Error{what + " " + chip + ": " + std::strerror(code), hint};
}

class ChipPort final : public GpioPort {
 public:
  ChipPort(asio::io_context& loop, std::string chip, std::vector<GpioLineRequest> lines)
      : chip_(std::move(chip)), lines_(std::move(lines)), events_(loop) {}

  Status open(std::function<void(std::string_view)> on_event, std::function<void(const std::string&)> on_lost) override {
    close();
    const int chip = ::open(chip_.c_str(), O_RDWR | O_CLOEXEC);
    if (chip < 0) return chip_error("opening", chip_, errno);
    gpio_v2_line_request request = make_request(lines_);
    const int code = ::ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) < 0 ? errno : 0;
    ::close(chip);
    if (code != 0) return chip_error("asking for the lines of", chip_, code);
    fd_ = request.fd;
    events_.start(fd_, std::move(on_event), std::move(on_lost));
    return {};
  }

  Result<std::map<std::uint32_t, bool>> levels() override {
    gpio_v2_line_values values{};
    values.mask = lines_.size() == kGpioLinesMax ? ~0ULL : (1ULL << lines_.size()) - 1;
    if (::ioctl(fd_, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0) return chip_error("reading the lines of", chip_, errno);
    std::map<std::uint32_t, bool> levels;
    for (std::size_t i = 0; i < lines_.size(); ++i) levels[lines_[i].offset] = ((values.bits >> i) & 1U) != 0;
    return levels;
  }

  void close() override {
    events_.close();
    fd_ = -1;
  }

 private:
  std::string chip_;
  std::vector<GpioLineRequest> lines_;
  GpioEventStream events_;
  int fd_ = -1;  // owned by events_
};

}  // namespace

std::size_t gpio_attributes(const std::vector<GpioLineRequest>& lines) {
  std::map<std::uint64_t, int> flags;
  std::map<std::uint32_t, int> debounces;
  for (const GpioLineRequest& line : lines) {
    ++flags[flags_of(line)];
    if (line.debounce_us > 0) ++debounces[line.debounce_us];
  }
  return (flags.empty() ? 0 : flags.size() - 1) + debounces.size();
}

std::unique_ptr<GpioPort> make_gpio_port(asio::io_context& loop, std::string chip, std::vector<GpioLineRequest> lines) {
  return std::make_unique<ChipPort>(loop, std::move(chip), std::move(lines));
}

struct GpioEventStream::State : public std::enable_shared_from_this<GpioEventStream::State> {
  explicit State(asio::io_context& loop) : descriptor(loop) {}

  void read(std::uint64_t reading) {
    descriptor.async_read_some(asio::buffer(buffer),
                               [weak = weak_from_this(), reading](boost::system::error_code error, std::size_t size) {
                                 const auto self = weak.lock();
                                 if (!self || reading != self->generation) return;
                                 if (error) {
                                   const auto lost = self->on_lost;
                                   return lost(error.message());
                                 }
                                 // The device gives whole events; a socket may cut them.
                                 self->kept.append(self->buffer.data(), size);
                                 const auto event = self->on_event;
                                 while (self->kept.size() >= kGpioEventBytes && reading == self->generation) {
                                   const std::string bytes = self->kept.substr(0, kGpioEventBytes);
                                   self->kept.erase(0, kGpioEventBytes);
                                   event(bytes);
                                 }
                                 if (reading == self->generation) self->read(reading);
                               });
  }

  asio::posix::stream_descriptor descriptor;
  std::array<char, 16 * kGpioEventBytes> buffer{};
  std::string kept;
  std::uint64_t generation = 0;  ///< of start(); a read of an earlier one is void
  std::function<void(std::string_view)> on_event;
  std::function<void(const std::string&)> on_lost;
};

GpioEventStream::GpioEventStream(asio::io_context& loop) : state_(std::make_shared<State>(loop)) {}
GpioEventStream::~GpioEventStream() { close(); }

void GpioEventStream::start(int fd, std::function<void(std::string_view)> on_event,
                            std::function<void(const std::string&)> on_lost) {
  close();
  state_->descriptor.assign(fd);
  state_->kept.clear();
  state_->on_event = std::move(on_event);
  state_->on_lost = std::move(on_lost);
  state_->read(state_->generation);
}

void GpioEventStream::close() {
  ++state_->generation;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

}  // namespace wayside::edge
