#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "edge/agent_settings.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// The running agent: sources, outbox, uplink, health and status socket on one loop.
class Agent {
 public:
  Agent(boost::asio::io_context& loop, AgentSettings& settings);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Opens the outbox and starts everything; the error says what cannot work. `exit_code` is what the program then ends with:
  /// 2 for settings, 1 when it is the outbox, which may pass by itself (a full disk): systemd starts it again.
  Status start(int& exit_code);
  /// Stops the sources, commits what they have given, says goodbye to the broker, closes the outbox.
  void stop();
  /// Polls every source once and waits until every accepted reading has its receipt; `done` gets the exit code.
  void run_once(std::function<void(int)> done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayside::edge
