// wayside-bridge: from one MQTT broker to Kafka.
#include "bridge/bridge.h"
#include "bridge/bridge_metrics.h"
#include "bridge/bridge_settings.h"
#include "bridge/bridge_status.h"
#include "bridge/metrics_server.h"
#include "bridge/stop_signal.h"
#include "bridge/topics_command.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"

namespace wayside::bridge {
namespace {

int run(const BridgeSettings& settings) {
  auto stop = StopSignal::create();
  if (!stop) {
    print_error(stop.error());
    return 1;
  }
  const SystemClock clock;
  BridgeMetrics metrics;
  BridgeStatus status;
  MetricsServer server(metrics, status);
  if (!settings.metrics_listen.empty()) {
    if (const Status started = server.start(settings.metrics_listen); !started.ok()) {
      print_error(started.error());
      return 2;
    }
    log_info("metrics_listening", {{"port", server.port()}});
  }
  return Bridge(settings, clock, *stop, metrics, status).run();
}

}  // namespace
}  // namespace wayside::bridge

int main(int argc, char** argv) {
  wayside::bridge::BridgeSettings settings;
  wayside::ProgramSpec spec;
  spec.name = "wayside-bridge";
  spec.description = "Carries readings from an MQTT broker to Kafka and tells the agents what Kafka has.";
  spec.default_config = "/etc/wayside/bridge.toml";
  spec.settings = &settings;
  spec.log_level = &settings.log_level;
  spec.commands = {{"topics", "Create the contract's Kafka topics and show them",
                    [&settings] { return wayside::bridge::run_topics_command(settings); }}};
  spec.run = [&settings] { return wayside::bridge::run(settings); };
  return wayside::run_program(argc, argv, spec);
}
