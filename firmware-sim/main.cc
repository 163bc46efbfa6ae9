#include <CLI/CLI.hpp>

#include "common/base/version.h"
#include "firmware-sim/command.h"

int main(int argc, char** argv) {
  CLI::App program{"Plays station and weather hardware on the wires that the agent reads.", "wayside-sim"};
  program.set_version_flag("--version", std::string("wayside-sim ") + wayside::kVersion);
  program.require_subcommand(1);
  const std::vector<wayside::sim::Command> commands{
      wayside::sim::add_city_command(program),    wayside::sim::add_gbfs_command(program),
      wayside::sim::add_weather_command(program), wayside::sim::add_serial_command(program),
      wayside::sim::add_rail_command(program),    wayside::sim::add_trips_command(program)};
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  for (const auto& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return 2;
}
