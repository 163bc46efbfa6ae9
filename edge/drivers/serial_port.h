#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// Seam: where a serial driver's bytes come from. Everything runs on the loop that the port was made for.
class SerialPort {
 public:
  virtual ~SerialPort() = default;
  /// Opens and reads until close() or until the port is gone, which `on_lost` tells once (a USB adapter pulled out).
  virtual Status open(std::function<void(std::string_view)> on_bytes, std::function<void(const std::string&)> on_lost) = 0;
  virtual void close() = 0;
};

/// A terminal device: 8N1, raw, no flow control, opened for reading only.
std::unique_ptr<SerialPort> make_serial_port(boost::asio::io_context& loop, std::string path, int baud);
/// Opens a terminal device so (8N1, raw, no flow control), not blocking; `access` is O_RDONLY or O_RDWR. The caller closes it.
Result<int> open_terminal(const std::string& path, int baud, int access);
/// The baud rates that both take.
const std::vector<std::string>& serial_bauds();

/// Cuts a byte stream into lines at CR or LF. A line over its limit is given out once, cut, and skipped to its end.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& on_line);
  void reset() { *this = LineSplitter(bytes_max_); }

 private:
  std::size_t bytes_max_;
  std::string line_;
  bool skipping_ = false;
};

}  // namespace wayside::edge
