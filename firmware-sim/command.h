#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "firmware-sim/faults.h"
#include "firmware-sim/gbfs_city.h"

namespace CLI {
class App;
}
namespace boost::asio {
class io_context;
}

namespace wayside::sim {

/// What every subcommand takes.
struct CommonOptions {
  std::uint64_t seed = 1;
  std::string log_level = "info";
  std::vector<std::string> faults;
};
void add_common_options(CLI::App& command, CommonOptions& options);

/// The options of the invented city, for the commands that have one.
void add_city_options(CLI::App& command, CityOptions& city);

/// A subcommand whose options CLI11 fills and which then runs; returns the program's exit code.
struct Command {
  CLI::App* app = nullptr;
  std::function<int()> run;
};
Command add_gbfs_command(CLI::App& program);
Command add_weather_command(CLI::App& program);
Command add_serial_command(CLI::App& program);
Command add_city_command(CLI::App& program);
Command add_rail_command(CLI::App& program);
Command add_trips_command(CLI::App& program);

/// Starts the log, resolves seed 0 to a random one, prints the seed and reads the faults.
Result<FaultPlan> begin(const std::string& command, CommonOptions& options);

/// Runs the loop until SIGINT or SIGTERM, or until stop_loop.
void run_until_signal(boost::asio::io_context& loop);

/// Prints the error as `Error: …` and `Try: …`; returns 2.
int refuse(const Error& error);

}  // namespace wayside::sim
