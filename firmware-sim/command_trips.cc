#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/command.h"
#include "firmware-sim/gbfs_server.h"
#include "firmware-sim/ticker.h"
#include "firmware-sim/trip_replay.h"
#include "firmware-sim/trip_source.h"

namespace wayside::sim {
namespace {

constexpr Ticker::Delay kStepMax{1000};  // heartbeats

struct TripsArguments {
  CommonOptions common;
  std::string source;
  std::string listen = "127.0.0.1:8070";
  TripReplayOptions replay;
};

int run_trips(TripsArguments& arguments) {
  auto faults = begin("trips", arguments.common);
  if (!faults) return refuse(faults.error());
  auto history = read_trips(arguments.source);
  if (!history) return refuse(history.error());
  boost::asio::io_context loop;
  const SystemClock clock;
  auto replay = std::make_shared<TripReplay>(std::move(*history), arguments.replay, clock.wall());
  GbfsServer server(loop, {arguments.listen, *faults, arguments.common.seed}, replay);
  if (auto started = server.start(); !started.ok()) return refuse(started.error());
  bool told = false;
  const Ticker ticker(loop, Ticker::Delay(0), [&] {
    replay->advance(clock.wall());
    if (replay->finished() && !std::exchange(told, true)) log_info("trips_finished", {{"status", replay->status()}});
    const std::int64_t next_ms = replay->next_due_ms(clock.wall());
    return next_ms < 0 ? kStepMax : std::min(kStepMax, Ticker::Delay(std::max<std::int64_t>(next_ms, 20)));
  });
  announce_ready("gbfs=" + server.url());
  run_until_signal(loop);
  log_info("stopped", {{"faults", server.faults_summary()}, {"status", replay->status()}});
  return 0;
}

}  // namespace

Command add_trips_command(CLI::App& program) {
  auto arguments = std::make_shared<TripsArguments>();
  CLI::App* command =
      program.add_subcommand("trips", "Replay trip history: a GBFS feed whose docks are moved by recorded rides");
  add_common_options(*command, arguments->common);
  command->add_option("source", arguments->source, "CSV file, http(s):// address or s3://bucket/key of Citi Bike trip history")
      ->required();
  command->add_option("--listen", arguments->listen, "ADDRESS:PORT of the feed; port 0 takes a free one")
      ->capture_default_str();
  command->add_option("--speed", arguments->replay.speed, "Seconds of the file in one second")
      ->check(CLI::Range(0.01, 1e7))
      ->capture_default_str();
  command->add_option("--ttl", arguments->replay.ttl_s, "Seconds that the feed says it stays fresh")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  return {command, [arguments] { return run_trips(*arguments); }};
}

}  // namespace wayside::sim
