#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/city_devices.h"
#include "firmware-sim/command.h"
#include "firmware-sim/gbfs_generated.h"
#include "firmware-sim/gbfs_server.h"
#include "firmware-sim/http_device.h"
#include "firmware-sim/serial_mast.h"
#include "firmware-sim/ticker.h"

namespace wayside::sim {
namespace {

using std::chrono::milliseconds;

struct CityArguments {
  CommonOptions common;
  CityOptions city;
  std::string gbfs_listen = "127.0.0.1:8070";
  int ttl_s = 5;
  double change_interval_s = 5;
  std::string http_target;
  double weather_interval_s = 15;
  SerialMastOptions mast;
  std::string witness;
  bool print_devices = false;
};

/// All hardware of the city; parts that were not asked for are absent.
struct CityHardware {
  std::shared_ptr<GbfsGenerated> feed;
  std::unique_ptr<GbfsServer> server;
  std::unique_ptr<Ticker> riders;
  std::shared_ptr<WeatherModel> weather;
  std::vector<std::unique_ptr<HttpDevice>> posts;
  std::unique_ptr<SerialMast> mast;
};

Status start_bikes(boost::asio::io_context& loop, const CityArguments& arguments, const FaultPlan& faults,
                   CityHardware& hardware) {
  GbfsGeneratedOptions options;
  options.city = arguments.city;
  options.city.seed = arguments.common.seed;
  options.ttl_s = arguments.ttl_s;
  options.clock_zero = faults.of(Fault::kClockZero) > 0;
  hardware.feed = std::make_shared<GbfsGenerated>(options, SystemClock().wall());
  const double interval_s = arguments.change_interval_s;
  const milliseconds interval(static_cast<std::int64_t>(interval_s * 1000));
  hardware.riders = std::make_unique<Ticker>(loop, interval, [feed = hardware.feed, interval_s, interval] {
    feed->step(interval_s, SystemClock().wall());
    return interval;
  });
  hardware.server = std::make_unique<GbfsServer>(loop, GbfsServerOptions{arguments.gbfs_listen, faults, arguments.common.seed},
                                                 hardware.feed);
  return hardware.server->start();
}

Status start_posts(boost::asio::io_context& loop, const CityArguments& arguments, const FaultPlan& faults,
                   const std::shared_ptr<Witness>& witness, CityHardware& hardware) {
  if (arguments.http_target.empty()) return {};
  auto target = parse_target(arguments.http_target);
  if (!target) return std::move(target).error();
  for (const CityDevice& device : city_devices()) {
    if (device.key.empty()) continue;
    HttpDeviceOptions options;
    options.dialect = find_dialect(device.dialect);
    options.identity = {device.key, "station-password", target->authority(), "", DateStyle::kHabit};
    options.target = *target;
    options.interval = milliseconds(static_cast<std::int64_t>(arguments.weather_interval_s * 1000));
    // Not all at once: real posts are not in step either.
    options.first = milliseconds(300 + 700 * static_cast<std::int64_t>(hardware.posts.size()));
    options.faults = faults;
    options.seed = arguments.common.seed;
    options.salt = hardware.posts.size() + 1;
    options.region = hardware.weather;
    hardware.posts.push_back(std::make_unique<HttpDevice>(loop, std::move(options), witness, nullptr));
  }
  return {};
}

Status start_mast(boost::asio::io_context& loop, const CityArguments& arguments, const FaultPlan& faults,
                  const std::shared_ptr<Witness>& witness, CityHardware& hardware) {
  if (arguments.mast.link.empty()) return {};
  SerialMastOptions options = arguments.mast;
  options.faults = faults;
  options.seed = arguments.common.seed;
  options.region = hardware.weather;
  auto mast = SerialMast::open(loop, std::move(options), witness, nullptr);
  if (!mast) return std::move(mast).error();
  hardware.mast = std::move(*mast);
  return {};
}

Status start_hardware(boost::asio::io_context& loop, const CityArguments& arguments, const FaultPlan& faults,
                      CityHardware& hardware) {
  std::shared_ptr<Witness> witness;
  if (!arguments.witness.empty()) {
    auto opened = Witness::open(arguments.witness);
    if (!opened) return std::move(opened).error();
    witness = *opened;
  }
  hardware.weather = std::make_shared<WeatherModel>(Random(arguments.common.seed), SystemClock().wall());
  WAYSIDE_TRY(start_bikes(loop, arguments, faults, hardware));
  WAYSIDE_TRY(start_posts(loop, arguments, faults, witness, hardware));
  return start_mast(loop, arguments, faults, witness, hardware);
}

void log_end(const CityHardware& hardware) {
  HttpDeviceCounters posts;
  std::string faults = hardware.server->faults_summary();
  for (const auto& post : hardware.posts) {
    posts.sent += post->counters().sent;
    posts.accepted += post->counters().accepted;
    if (!post->faults_summary().empty()) faults += "; " + post->faults_summary();
  }
  log_info("stopped", {{"bikes", hardware.feed->status()},
                       {"uploads_sent", posts.sent},
                       {"uploads_accepted", posts.accepted},
                       {"serial_lines", hardware.mast ? hardware.mast->lines() : 0},
                       {"faults", faults}});
}

int run_city(CityArguments& arguments) {
  if (arguments.print_devices) {
    std::cout << city_devices_json(arguments.weather_interval_s) << std::endl;
    return 0;
  }
  auto faults = begin("city", arguments.common);
  if (!faults) return refuse(faults.error());
  boost::asio::io_context loop;
  CityHardware hardware;
  if (auto started = start_hardware(loop, arguments, *faults, hardware); !started.ok()) return refuse(started.error());
  announce_ready("gbfs=" + hardware.server->url() + " posts=" + std::to_string(hardware.posts.size()) +
                 " serial=" + arguments.mast.link);
  run_until_signal(loop);
  log_end(hardware);
  return 0;
}

}  // namespace

Command add_city_command(CLI::App& program) {
  auto arguments = std::make_shared<CityArguments>();
  CityOptions& city = arguments->city;
  city.never = city.silent = city.closed = 1;
  CLI::App* command =
      program.add_subcommand("city", "A whole invented city: bike stations (GBFS), weather posts (HTTP), a mast (serial)");
  add_common_options(*command, arguments->common);
  add_city_options(*command, city);
  command->add_option("--gbfs-listen", arguments->gbfs_listen, "ADDRESS:PORT of the feed; port 0 takes a free one")
      ->capture_default_str();
  command->add_option("--ttl", arguments->ttl_s, "Seconds that the feed says it stays fresh")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command->add_option("--change-interval", arguments->change_interval_s, "Seconds between two steps of the riders")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_option("--http-target", arguments->http_target, "Where the posts push to: http://HOST:PORT; default: no posts");
  command->add_option("--weather-interval", arguments->weather_interval_s, "Seconds between two uploads of a post")
      ->check(CLI::Range(0.05, 86'400.0))
      ->capture_default_str();
  command->add_option("--serial-link", arguments->mast.link, "Symlink to the mast's port; default: no mast");
  command->add_option("--serial-rate", arguments->mast.lines_per_s, "Lines a second on the mast's port")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  command->add_option("--witness", arguments->witness, "Appends a JSON line for each upload accepted and sentence sent");
  command->add_flag("--devices", arguments->print_devices,
                    "Print the posts and the mast as JSON for the agent's settings, and exit");
  return {command, [arguments] { return run_city(*arguments); }};
}

}  // namespace wayside::sim
