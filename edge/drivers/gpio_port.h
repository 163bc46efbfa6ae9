#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// A line to ask the kernel for.
struct GpioLineRequest {
  std::uint32_t offset = 0;
  bool active_low = false;
  std::string bias = "as-is";  ///< as-is, pull-up, pull-down, disabled
  bool both_edges = false;     ///< else rising ones only
  std::uint32_t debounce_us = 0;
};

/// Seam: where GPIO events come from. Everything runs on the loop that the port was made for.
class GpioPort {
 public:
  virtual ~GpioPort() = default;
  /// Asks for the lines and reads events, 48 bytes each, until close() or until the chip is gone, which `on_lost` tells once.
  virtual Status open(std::function<void(std::string_view)> on_event, std::function<void(const std::string&)> on_lost) = 0;
  /// Which lines are active now, by offset.
  virtual Result<std::map<std::uint32_t, bool>> levels() = 0;
  virtual void close() = 0;
};

/// The kernel's GPIO character device (uAPI v2, Linux 5.10 or newer). At most 64 lines.
std::unique_ptr<GpioPort> make_gpio_port(boost::asio::io_context& loop, std::string chip, std::vector<GpioLineRequest> lines);

/// How many different settings the kernel's request of these lines needs; it has room for kGpioAttributesMax.
std::size_t gpio_attributes(const std::vector<GpioLineRequest>& lines);
inline constexpr std::size_t kGpioAttributesMax = 10;
inline constexpr std::size_t kGpioLinesMax = 64;

/// Reads whole events from a descriptor that it owns: the character device's, or a socket's in tests.
class GpioEventStream {
 public:
  explicit GpioEventStream(boost::asio::io_context& loop);
  ~GpioEventStream();
  GpioEventStream(const GpioEventStream&) = delete;
  GpioEventStream& operator=(const GpioEventStream&) = delete;
  void start(int fd, std::function<void(std::string_view)> on_event, std::function<void(const std::string&)> on_lost);
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace wayside::edge
