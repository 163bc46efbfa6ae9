#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace wayside::sim {

/// A serial port that is a pseudo terminal: whoever opens `link` reads what is written here. As on a real line, what
/// nobody reads is lost: beyond kUnreadMax bytes the reader's buffer is emptied. Not thread-safe.
class PtyPort {
 public:
  static constexpr int kUnreadMax = 1024;

  /// Makes the terminal in raw mode and the symlink `link` to it, replacing an older link.
  static Result<std::unique_ptr<PtyPort>> open(const std::string& link);
  ~PtyPort();
  PtyPort(const PtyPort&) = delete;
  PtyPort& operator=(const PtyPort&) = delete;

  void write(std::string_view bytes);
  const std::string& device() const { return device_; }
  std::uint64_t overruns() const { return overruns_; }

 private:
  PtyPort(int master, int slave, std::string device, std::string link)
      : master_(master), slave_(slave), device_(std::move(device)), link_(std::move(link)) {}

  int master_;
  int slave_;  ///< kept open so that a reader may come and go
  std::string device_;
  std::string link_;
  std::uint64_t overruns_ = 0;
};

}  // namespace wayside::sim
