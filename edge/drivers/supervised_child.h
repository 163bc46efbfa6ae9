#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "edge/drivers/back_off.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// What a child does; all calls on the loop.
struct ChildEvents {
  /// A line of its standard output. One over the limit comes once, cut to one byte more than the limit.
  std::function<void(std::string_view)> line;
  /// It ended, or could not be started; it will be started again after a pause.
  std::function<void(const std::string& why)> ended;
};

/// A program that runs as long as this is started: in a process group of its own, started again with back-off when it ends.
/// Whatever it has left running goes with it. Its standard error goes to the log, its standard input is empty, and it gets
/// no WAYSIDE_… variable of the environment (they carry passwords). When the agent is killed, the kernel kills the program.
class SupervisedChild {
 public:
  SupervisedChild(boost::asio::io_context& loop, std::vector<std::string> command, std::size_t line_bytes_max,
                  BackOff back_off = BackOff());
  ~SupervisedChild();
  SupervisedChild(const SupervisedChild&) = delete;
  SupervisedChild& operator=(const SupervisedChild&) = delete;

  void start(ChildEvents events);
  /// Ends the group: SIGTERM, after kStopWait SIGKILL; what it wrote until then still comes as lines.
  void stop();
  /// While paused nothing is read: the pipe fills up and the program waits.
  void pause(bool paused);
  /// It does its work: the pause before the next start is the shortest again.
  void works();

  std::uint64_t starts() const;
  pid_t pid() const;  ///< -1: none runs

  static constexpr std::chrono::milliseconds kStopWait{2000};

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wayside::edge
