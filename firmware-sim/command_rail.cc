#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/command.h"
#include "firmware-sim/rail_system.h"
#include "firmware-sim/ticker.h"

namespace wayside::sim {
namespace {

struct RailArguments {
  CommonOptions common;
  RailSystemOptions system;
  std::string cta;
  std::string target;
  std::string begin_at;
  double post_interval_s = 1;
  std::string witness;
  bool print_stations = false;
};

Result<RailNetwork> network_of(const RailArguments& arguments) {
  if (!arguments.cta.empty()) return load_cta(arguments.cta);
  return invented_network(Random(arguments.common.seed).fork(301));
}

Status complete(RailArguments& arguments, const FaultPlan& faults) {
  auto target = parse_target(arguments.target);
  if (!target) return std::move(target).error();
  RailSystemOptions& options = arguments.system;
  options.seed = options.gateway.seed = options.bank.seed = arguments.common.seed;
  options.gateway.target = *target;
  options.gateway.faults = faults;
  options.gateway.interval = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.post_interval_s * 1000));
  options.begin_at = SystemClock().wall();
  if (arguments.begin_at.empty()) return {};
  const auto begin_at = parse_rfc3339(arguments.begin_at);
  if (!begin_at) return Error{"--begin: is no time (got " + arguments.begin_at + ")", "2026-11-21T08:00:00Z"};
  options.begin_at = *begin_at;
  return {};
}

int run_rail(RailArguments& arguments) {
  if (arguments.print_stations) {
    const auto network = network_of(arguments);
    if (!network) return refuse(network.error());
    std::cout << stations_csv(*network) << std::flush;
    return 0;
  }
  auto faults = begin("rail", arguments.common);
  if (!faults) return refuse(faults.error());
  auto network = network_of(arguments);
  if (!network) return refuse(network.error());
  if (auto done = complete(arguments, *faults); !done.ok()) return refuse(done.error());
  std::shared_ptr<Witness> witness;
  if (!arguments.witness.empty()) {
    auto opened = Witness::open(arguments.witness);
    if (!opened) return refuse(opened.error());
    witness = *opened;
  }
  boost::asio::io_context loop;
  auto system = RailSystem::open(loop, std::move(*network), arguments.system, witness);
  if (!system) return refuse(system.error());
  announce_ready("rail=" + arguments.target + " serial=" + arguments.system.bank.link);
  run_until_signal(loop);
  (*system)->log_end("stopped");
  return 0;
}

void add_system_options(CLI::App& command, RailSystemOptions& system) {
  command.add_option("--speed", system.speed, "Simulated seconds in one second")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command.add_option("--trains", system.trains.trains_per_line, "Trains of each line")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.add_option("--delay", system.trains.delay, "Chance at each run that a train is held up")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--breakdown", system.trains.breakdown, "Chance at each station that a train breaks down there")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--people", system.people, "Share of the table's rides that there are")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command.add_option("--duration", system.duration_s, "Seconds until nothing happens any more; 0: without end")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  command.add_option("--serial-link", system.bank.link, "Symlink to make: the port of a bank of turnstiles; default: none");
  command.add_option("--audit-interval", system.audit_interval_s, "Seconds between two audits of that bank")
      ->check(CLI::Range(0.05, 86'400.0))
      ->capture_default_str();
  command.add_option("--reset", system.bank.reset, "Chance behind each audit that a turnstile's registers begin at 0 again")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--missed", system.bank.missed, "Chance that a turnstile's audit is left out")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

}  // namespace

Command add_rail_command(CLI::App& program) {
  auto arguments = std::make_shared<RailArguments>();
  CLI::App* command =
      program.add_subcommand("rail", "A railway: train sensors and turnstiles (Kafka REST), a bank of turnstiles (serial)");
  add_common_options(*command, arguments->common);
  command->add_option("--target", arguments->target, "Where the stations post to: http://HOST:PORT");
  command->add_option("--cta", arguments->cta,
                      "Folder with cta_stations.csv, ridership_seed.csv, ridership_curve.csv instead of the invented network");
  command->add_option("--begin", arguments->begin_at,
                      "What time it is at the start, for the curve and the kind of day; default: now");
  command->add_option("--post-interval", arguments->post_interval_s, "Seconds between two requests when they can wait")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag("--avro", arguments->system.gateway.avro, "The Avro envelope instead of plain JSON");
  command->add_option("--arrivals-topic", arguments->system.gateway.arrivals_topic, "Topic of the train sensors")
      ->capture_default_str();
  command->add_option("--turnstile-topic", arguments->system.gateway.turnstile_topic, "Topic of the turnstiles")
      ->capture_default_str();
  add_system_options(*command, arguments->system);
  command->add_option("--witness", arguments->witness, "Appends a JSON line for each record accepted and audit written");
  command->add_flag("--stations-csv", arguments->print_stations,
                    "Print the stations as CSV for the agent's stations_file, and exit");
  return {command, [arguments] { return run_rail(*arguments); }};
}

}  // namespace wayside::sim
