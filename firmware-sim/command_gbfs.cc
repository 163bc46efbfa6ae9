#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "firmware-sim/command.h"
#include "firmware-sim/gbfs_folder.h"
#include "firmware-sim/gbfs_generated.h"
#include "firmware-sim/gbfs_replay.h"
#include "firmware-sim/gbfs_server.h"
#include "firmware-sim/ticker.h"

namespace wayside::sim {
namespace {

constexpr int kGeneratedTtlSeconds = 5;

struct GbfsArguments {
  CommonOptions common;
  CityOptions city;
  std::string listen = "127.0.0.1:8070";
  std::string version = "2.3";
  int ttl_s = -1;
  double change_interval_s = 5;
  GbfsReplayOptions replay;
  std::string step = "confirmed";
  std::string folder;
  bool shift_to_now = false;
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
  options.ttl_s = arguments.ttl_s < 0 ? kGeneratedTtlSeconds : arguments.ttl_s;
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

Result<MovingFeed> replayed_feed(boost::asio::io_context& loop, const GbfsArguments& arguments) {
  GbfsReplayOptions options = arguments.replay;
  options.step = arguments.step == "time" ? ReplayStep::kTime : ReplayStep::kConfirmed;
  options.ttl_s = arguments.ttl_s;
  const UtcTime start = SystemClock().wall();
  auto replay = GbfsReplay::open(options, start);
  if (!replay) return std::move(replay).error();
  MovingFeed moving;
  moving.feed = *replay;
  const auto until_next = [feed = *replay, start] {
    const std::int64_t due_ms = feed->next_due_ms();
    if (due_ms < 0) return Ticker::Delay(-1);
    return Ticker::Delay(std::max<std::int64_t>(0, start.ms + due_ms - SystemClock().wall().ms));
  };
  if (options.step == ReplayStep::kConfirmed || until_next() < Ticker::Delay::zero()) return moving;
  moving.ticker = std::make_unique<Ticker>(loop, until_next(), [feed = *replay, until_next] {
    feed->advance();
    return until_next();
  });
  return moving;
}

Result<MovingFeed> folder_feed(const GbfsArguments& arguments) {
  auto folder = GbfsFolder::open({arguments.folder, arguments.shift_to_now, arguments.ttl_s}, SystemClock().wall());
  if (!folder) return std::move(folder).error();
  MovingFeed moving;
  moving.feed = *folder;
  return moving;
}

Result<MovingFeed> open_feed(boost::asio::io_context& loop, const GbfsArguments& arguments, const FaultPlan& faults) {
  if (!arguments.replay.recording.empty()) return replayed_feed(loop, arguments);
  if (!arguments.folder.empty()) return folder_feed(arguments);
  return generated_feed(loop, arguments, faults);
}

void add_recording_options(CLI::App& command, GbfsArguments& arguments) {
  CLI::Option* replay = command.add_option("--replay", arguments.replay.recording,
                                           "Recorded snapshots instead: a folder or .tar.xz of station_status*.json");
  command.add_option("--information", arguments.replay.information, "station_information file of the recording")->needs(replay);
  command
      .add_option("--step", arguments.step,
                  "confirmed: the next snapshot follows when a request holds the current one's ETag; time: by the clock")
      ->check(CLI::IsMember({"confirmed", "time"}))
      ->capture_default_str();
  command.add_option("--step-s", arguments.replay.step_s, "Seconds between snapshots with --step time")
      ->check(CLI::Range(0.01, 86'400.0))
      ->capture_default_str();
  command
      .add_option("--speed", arguments.replay.speed, "With --step time: the recorded gaps divided by this, instead of --step-s")
      ->check(CLI::Range(0.01, 1e6));
  CLI::Option* folder =
      command.add_option("--folder", arguments.folder, "A folder of GBFS files instead, served as they are")->excludes(replay);
  command.add_flag("--shift-to-now", arguments.shift_to_now, "With --folder: the newest station has reported just now")
      ->needs(folder);
}

int run_gbfs(GbfsArguments& arguments) {
  auto faults = begin("gbfs", arguments.common);
  if (!faults) return refuse(faults.error());
  boost::asio::io_context loop;
  auto moving = open_feed(loop, arguments, *faults);
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
  CLI::App* command = program.add_subcommand("gbfs", "Serve a GBFS feed: an invented city, recorded snapshots or a folder");
  add_common_options(*command, arguments->common);
  add_city_options(*command, arguments->city);
  command->add_option("--listen", arguments->listen, "ADDRESS:PORT; port 0 takes a free one")->capture_default_str();
  add_recording_options(*command, *arguments);
  command->add_option("--version", arguments->version, "GBFS version of the invented city: 1.1, 2.3 or 3.0")
      ->capture_default_str();
  command->add_option("--ttl", arguments->ttl_s, "Seconds that the feed says it stays fresh; default: 5, or as recorded")
      ->check(CLI::Range(0, 86'400));
  command->add_option("--change-interval", arguments->change_interval_s, "Seconds between two steps of the riders")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  return {command, [arguments] { return run_gbfs(*arguments); }};
}

}  // namespace wayside::sim
