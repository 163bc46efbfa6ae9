#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/command.h"
#include "firmware-sim/gbfs_generated.h"
#include "firmware-sim/gbfs_server.h"
#include "firmware-sim/ticker.h"

namespace wayside::sim {
namespace {

struct GbfsArguments {
  CommonOptions common;
  CityOptions city;
  std::string listen = "127.0.0.1:8070";
  std::string version = "2.3";
  int ttl_s = 5;
  double change_interval_s = 5;
};

/// A feed, and what moves it on.
struct MovingFeed {
  std::shared_ptr<GbfsFeed> feed;
  std::unique_ptr<Ticker> ticker;
};

Result<MovingFeed> generated_feed(boost::asio::io_context& loop, const GbfsArguments& arguments, const FaultPlan& faults) {
  const auto version = parse_gbfs_version(arguments.version);
  if (!version) return Error{"--version: unknown (got " + arguments.version + ")", "1.1, 2.3 or 3.0"};
  GbfsGeneratedOptions options;
  options.city = arguments.city;
  options.city.seed = arguments.common.seed;
  options.version = *version;
  options.ttl_s = arguments.ttl_s;
  options.clock_zero = faults.of(Fault::kClockZero) > 0;
  auto generated = std::make_shared<GbfsGenerated>(options, SystemClock().wall());
  const double interval_s = arguments.change_interval_s;
  const auto interval = std::chrono::milliseconds(static_cast<std::int64_t>(interval_s * 1000));
  MovingFeed moving;
  moving.feed = generated;
  moving.ticker = std::make_unique<Ticker>(loop, interval, [generated, interval_s, interval] {
    generated->step(interval_s, SystemClock().wall());
    return interval;
  });
  return moving;
}

int run_gbfs(GbfsArguments& arguments) {
  auto faults = begin("gbfs", arguments.common);
  if (!faults) return refuse(faults.error());
  boost::asio::io_context loop;
  auto moving = generated_feed(loop, arguments, *faults);
  if (!moving) return refuse(moving.error());
  GbfsServer server(loop, {arguments.listen, *faults, arguments.common.seed}, moving->feed);
  if (auto started = server.start(); !started.ok()) return refuse(started.error());
  announce_ready("gbfs=" + server.url());
  run_until_signal(loop);
  log_info("stopped", {{"faults", server.faults_summary()}, {"status", moving->feed->status()}});
  return 0;
}

}  // namespace

Command add_gbfs_command(CLI::App& program) {
  auto arguments = std::make_shared<GbfsArguments>();
  CLI::App* command = program.add_subcommand("gbfs", "Serve a GBFS feed: an invented city");
  add_common_options(*command, arguments->common);
  add_city_options(*command, arguments->city);
  command->add_option("--listen", arguments->listen, "ADDRESS:PORT; port 0 takes a free one")->capture_default_str();
  command->add_option("--version", arguments->version, "GBFS version: 1.1, 2.3 or 3.0")->capture_default_str();
  command->add_option("--ttl", arguments->ttl_s, "Seconds that the feed says it stays fresh")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command->add_option("--change-interval", arguments->change_interval_s, "Seconds between two steps of the riders")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  return {command, [arguments] { return run_gbfs(*arguments); }};
}

}  // namespace wayside::sim
