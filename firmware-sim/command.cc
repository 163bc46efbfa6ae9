#include "firmware-sim/command.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <random>

#include "common/base/log.h"
#include "common/base/program.h"

namespace wayside::sim {

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--seed", options.seed, "Replays the same run; 0 takes a random one (printed at start)")
      ->capture_default_str();
  command.add_option("--log-level", options.log_level, "debug, info, warn or error")->capture_default_str();
  command
      .add_option("--fault", options.faults,
                  "What goes wrong, repeatable: drop=P corrupt=P duplicate=P delay=MS silence=FROM:FOR clock-zero busy=P "
                  "void=P missing=P sentinel=P (P from 0 to 1, times in seconds)")
      ->allow_extra_args(false);
}

void add_city_options(CLI::App& command, CityOptions& city) {
  command.add_option("--stations", city.stations, "Bike stations of the invented city")
      ->check(CLI::Range(1, 20'000))
      ->capture_default_str();
  command.add_option("--trips-per-hour", city.trips_per_station_hour, "Trips that begin per station and hour")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  command.add_option("--heartbeat-s", city.heartbeat_s, "A station speaks this often without any change; 0: never")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  command.add_option("--mismatched", city.mismatched, "Share of stations whose bikes, docks and disabled miss the capacity")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--never", city.never, "Stations that have never reported")->capture_default_str();
  command.add_option("--silent", city.silent, "Stations that have been silent for months")->capture_default_str();
  command.add_option("--closed", city.closed, "Stations out of service")->capture_default_str();
}

Result<FaultPlan> begin(const std::string& command, CommonOptions& options) {
  auto level = parse_log_level(options.log_level);
  if (!level) return std::move(level).error();
  log_start("wayside-sim", *level);
  while (options.seed == 0) options.seed = std::random_device{}();
  auto plan = parse_faults(options.faults);
  if (!plan) return plan;
  std::string faults;
  for (const std::string& fault : options.faults) faults += (faults.empty() ? "" : " ") + fault;
  log_info("starting", {{"command", command}, {"seed", options.seed}, {"faults", faults}});
  return plan;
}

void run_until_signal(boost::asio::io_context& loop) {
  boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&loop](boost::system::error_code error, int signal) {
    if (error) return;
    log_info("stopping", {{"signal", signal}});
    loop.stop();
  });
  loop.run();
}

int refuse(const Error& error) {
  print_error(error);
  return 2;
}

}  // namespace wayside::sim
