#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/command.h"
#include "firmware-sim/serial_mast.h"

namespace wayside::sim {
namespace {

struct SerialArguments {
  CommonOptions common;
  SerialMastOptions mast;
  std::string replay;
  std::string witness;
};

int run_serial(SerialArguments& arguments) {
  auto faults = begin("serial", arguments.common);
  if (!faults) return refuse(faults.error());
  arguments.mast.faults = *faults;
  arguments.mast.seed = arguments.common.seed;
  if (!arguments.replay.empty()) {
    auto lines = read_recorded_lines(arguments.replay);
    if (!lines) return refuse(lines.error());
    arguments.mast.recorded = std::move(*lines);
  }
  std::shared_ptr<Witness> witness;
  if (!arguments.witness.empty()) {
    auto opened = Witness::open(arguments.witness);
    if (!opened) return refuse(opened.error());
    witness = *opened;
  }
  boost::asio::io_context loop;
  // At the end the port stays open until a signal comes, so that a reader gets the last lines.
  auto mast = SerialMast::open(loop, arguments.mast, witness, [] { log_info("lines_finished"); });
  if (!mast) return refuse(mast.error());
  announce_ready("serial=" + arguments.mast.link + " device=" + (*mast)->device());
  run_until_signal(loop);
  log_info("stopped", {{"lines", (*mast)->lines()}, {"faults", (*mast)->faults_summary()}});
  return 0;
}

}  // namespace

Command add_serial_command(CLI::App& program) {
  auto arguments = std::make_shared<SerialArguments>();
  CLI::App* command = program.add_subcommand("serial", "An Airmar 110WX on a serial port (NMEA 0183 on a pty)");
  add_common_options(*command, arguments->common);
  command->add_option("--link", arguments->mast.link, "Symlink to make: the port that the agent opens")->required();
  command->add_option("--rate", arguments->mast.lines_per_s, "Lines a second")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  command->add_option("--wind", arguments->mast.wind, "MWV of which reference: relative, true or both")
      ->check(CLI::IsMember({"relative", "true", "both"}))
      ->capture_default_str();
  command->add_option("--count", arguments->mast.count, "Lines, then silence; 0: without end")->capture_default_str();
  command->add_option("--replay", arguments->replay, "Plays the lines of a recorded log, without their time prefixes");
  command->add_option("--witness", arguments->witness, "Appends a JSON line for each sentence that was sent whole");
  return {command, [arguments] { return run_serial(*arguments); }};
}

}  // namespace wayside::sim
