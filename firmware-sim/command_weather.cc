#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/command.h"
#include "firmware-sim/http_device.h"

namespace wayside::sim {
namespace {

struct WeatherArguments {
  CommonOptions common;
  std::string target;
  std::string dialect = "wu";
  std::string key;
  std::string password = "station-password";
  std::string path;
  std::string dates = "habit";
  double interval_s = 60;
  std::uint64_t count = 0;
  std::string witness;
};

Result<HttpDeviceOptions> device_options(const WeatherArguments& arguments, const FaultPlan& faults) {
  const Dialect* dialect = find_dialect(arguments.dialect);
  if (dialect == nullptr) return Error{"--dialect: unknown (got " + arguments.dialect + ")", dialect_names()};
  const auto dates = parse_date_style(arguments.dates);
  if (!dates) return Error{"--dates: unknown (got " + arguments.dates + ")", "habit, padded, unpadded or now"};
  auto target = parse_target(arguments.target);
  if (!target) return std::move(target).error();
  HttpDeviceOptions options;
  options.dialect = dialect;
  options.identity = {arguments.key.empty() ? dialect->default_key : arguments.key, arguments.password, target->authority(),
                      arguments.path, *dates};
  options.target = *target;
  options.interval = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.interval_s * 1000));
  options.count = arguments.count;
  options.faults = faults;
  options.seed = arguments.common.seed;
  return options;
}

int run_weather(WeatherArguments& arguments) {
  auto faults = begin("weather", arguments.common);
  if (!faults) return refuse(faults.error());
  auto options = device_options(arguments, *faults);
  if (!options) return refuse(options.error());
  std::shared_ptr<Witness> witness;
  if (!arguments.witness.empty()) {
    auto opened = Witness::open(arguments.witness);
    if (!opened) return refuse(opened.error());
    witness = *opened;
  }
  boost::asio::io_context loop;
  HttpDevice device(loop, *options, witness, [&loop] { loop.stop(); });
  announce_ready("dialect=" + arguments.dialect + " target=" + arguments.target);
  run_until_signal(loop);
  const HttpDeviceCounters counters = device.counters();
  log_info("stopped", {{"sent", counters.sent},
                       {"accepted", counters.accepted},
                       {"refused", counters.refused},
                       {"failed", counters.failed},
                       {"faults", device.faults_summary()}});
  return 0;
}

}  // namespace

Command add_weather_command(CLI::App& program) {
  auto arguments = std::make_shared<WeatherArguments>();
  CLI::App* command = program.add_subcommand("weather", "A weather post that pushes by HTTP");
  add_common_options(*command, arguments->common);
  command->add_option("--target", arguments->target, "Where to: http://HOST:PORT")->required();
  command->add_option("--dialect", arguments->dialect, dialect_names())->capture_default_str();
  command->add_option("--key", arguments->key, "By which the agent's settings know the device; default: the dialect's own");
  command->add_option("--password", arguments->password, "PASSWORD of Weather Underground uploads");
  command->add_option("--path", arguments->path, "Instead of the dialect's path");
  command->add_option("--dates", arguments->dates, "dateutc: habit, padded, unpadded or now")->capture_default_str();
  command->add_option("--interval", arguments->interval_s, "Seconds between uploads")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  command->add_option("--count", arguments->count, "Uploads, then exit; 0: without end")->capture_default_str();
  command->add_option("--witness", arguments->witness,
                      "Appends a JSON line for each upload that was accepted: what it said, in the contract's units");
  return {command, [arguments] { return run_weather(*arguments); }};
}

}  // namespace wayside::sim
