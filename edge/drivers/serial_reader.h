#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "edge/driver.h"
#include "edge/drivers/serial_port.h"

namespace wayside::edge {

/// Lines of a serial port that heals itself: a port that is missing or vanishes is a fault, tried again after 1 s, doubling to
/// 60 s, with jitter; so are 50 lines in a row that are none of the format (a wrong baud rate, most often). Lives on the host's
/// loop; owned by a shared_ptr.
class SerialReader : public std::enable_shared_from_this<SerialReader> {
 public:
  /// `first`: the first line after opening, most often begun before anybody listened.
  using OnLine = std::function<void(std::string_view line, bool first)>;

  /// `name` is the port's, for people.
  SerialReader(DriverHost& host, std::unique_ptr<SerialPort> port, std::string name, std::size_t line_bytes_max,
               OnLine on_line);

  void start() { open(); }
  void stop();
  bool is_open() const { return open_; }
  std::uint64_t opened() const { return opened_; }
  const std::string& name() const { return name_; }

  /// What the driver made of a line: one that it used, one of the format that says nothing, or noise.
  void line_was_good();
  void line_was_readable();
  void line_was_noise();
  /// The host hears `<port>: <why>`, until a good line comes.
  void fault(const std::string& why);
  /// A refused line as it is shown to people.
  void refused(std::string_view reason, std::string_view line);

 private:
  void open();
  void lost(const std::string& why);

  DriverHost& host_;
  std::unique_ptr<SerialPort> port_;
  std::string name_;
  LineSplitter splitter_;
  OnLine on_line_;
  boost::asio::steady_timer reopen_;
  std::chrono::milliseconds reopen_delay_;
  std::minstd_rand random_{std::random_device{}()};
  std::uint64_t opened_ = 0;
  bool open_ = false;
  bool first_line_ = true;
  bool healthy_ = false;
  bool stopped_ = false;
  int bad_lines_ = 0;
};

}  // namespace wayside::edge
