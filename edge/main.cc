#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "common/base/log.h"
#include "common/base/program.h"
#include "common/base/service.h"
#include "edge/agent.h"
#include "edge/check.h"
#include "edge/status_socket.h"

namespace wayside::edge {
namespace {

/// A sign of life each second, from the loop itself.
void stay_alive(boost::asio::steady_timer& timer) {
  service_alive();
  timer.expires_after(std::chrono::seconds(1));
  timer.async_wait([&timer](const boost::system::error_code& error) {
    if (!error) stay_alive(timer);
  });
}

int run_agent(AgentSettings& settings, bool once) {
  signal(SIGPIPE, SIG_IGN);  // libmosquitto with TLS writes without MSG_NOSIGNAL
  boost::asio::io_context loop(1);
  // Before the outbox is open: a signal that comes while the agent starts must find a clean stop too.
  boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
  Agent agent(loop, settings);
  int exit_code = 0;
  if (auto started = agent.start(exit_code); !started.ok()) {
    print_error(started.error());
    return exit_code;
  }
  exit_code = 0;
  const auto stop = [&](int code) {
    exit_code = code;
    service_stopping();
    signals.cancel();
    agent.stop();
    loop.stop();
  };
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (error) return;
    log_info("stopping", {{"signal", signal}});
    stop(once ? 1 : 0);
  });
  announce_ready("agent=" + settings.agent);
  boost::asio::steady_timer life(loop);
  stay_alive(life);
  if (once) agent.run_once(stop);
  loop.run();
  return exit_code;
}

/// `wayside-agent status`: asks the running agent.
int print_status(const AgentSettings& settings) {
  auto status = fetch_status(settings.socket_path());
  if (!status) {
    print_error(status.error());
    return 1;
  }
  std::fputs(format_status(*status).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace wayside::edge

int main(int argc, char** argv) {
  using namespace wayside;
  edge::AgentSettings settings;
  bool once = false;
  ProgramSpec spec;
  spec.name = "wayside-agent";
  spec.description = "Reads station and weather hardware and brings every reading to the bridge, none lost.";
  spec.default_config = "/etc/wayside/agent.toml";
  spec.settings = &settings;
  spec.log_level = &settings.log_level;
  spec.flags = {{"--once", &once, "Poll every source once, wait for the receipts, exit 0 or 1"}};
  spec.commands = {
      {"status", "Show outbox, uplink, sources, unknown devices and refused frames of the running agent",
       [&] { return edge::print_status(settings); }},
      {"check", "Try each source once without the agent running, print what it reads; exit 1 when one does not work",
       [&] { return edge::check_sources(settings); }}};
  spec.run = [&] { return edge::run_agent(settings, once); };
  return run_program(argc, argv, spec);
}
