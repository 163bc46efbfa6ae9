// Many agents in one process, for the reconnect storm (tests/chaos/storm.py): each has the real outbox, in memory, and the
// real uplink; its hardware is a timer. libmosquitto selects, so more than 300 do not fit into one process.
//
//   wayside-storm PORT FIRST COUNT INTERVAL_MS
//
// Words on stdin: `burst N` (each agent accepts N readings at once, dated back by intervals: what a long outage leaves),
// `mark` (from now on the time of the next connect counts), `quiet` (no more readings), `health` (say it now), `end`. Each is answered by a line
// `done`; `end` by lines `agent NAME EPOCH ACCEPTED ONLINE_MS` before that. A line `state ONLINE WAITING ACCEPTED` comes
// every 100 ms.
#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstdio>
#include <cstdlib>
#include <istream>
#include <random>
#include <vector>

#include "common/base/log.h"
#include "common/contract/message.h"
#include "common/contract/names.h"
#include "edge/mqtt_link.h"
#include "edge/outbox.h"
#include "edge/uplink.h"

namespace wayside::edge {
namespace {

namespace asio = boost::asio;

constexpr int kCodes = 600'000;
constexpr auto kStateEvery = std::chrono::milliseconds(100);

void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "Error: %s\n", status.error().message.c_str());
  std::_Exit(1);
}

struct Storm {
  asio::io_context loop{1};
  SystemClock clock;
  std::int64_t port = 0;
  std::chrono::milliseconds interval{};
  bool quiet = false;
};

class StormAgent {
 public:
  StormAgent(Storm& storm, int number) : storm_(storm), name_("storm-" + std::to_string(number)), timer_(storm.loop) {
    auto opened = Outbox::open(":memory:", {}, "boot");
    if (opened)
      outbox_ = std::move(*opened);
    else
      must(std::move(opened).error());
    UplinkOptions options;
    options.agent = name_;
    uplink_ = std::make_unique<Uplink>(storm.loop, storm.clock, *outbox_, MqttLink::make(storm.loop, link_options()), options,
                                       UplinkEvents{[this] { return health(); }, [](UtcTime) {}});
    static_cast<void>(outbox_->remember_info(
        name_, R"({"station_id":")" + name_ + R"(","kind":"weather","name":")" + name_ + R"(","lat":41.5,"lon":2.5})"));
    uplink_->start();
    // Their first readings are spread over the interval.
    tick_in(std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, storm.interval.count())(random())));
  }

  void burst(int count) {
    const UtcTime now = storm_.clock.wall();
    std::vector<NewReading> readings;
    for (int i = count; i > 0; --i) readings.push_back(reading(UtcTime{now.ms - i * storm_.interval.count()}));
    must(outbox_->accept(readings, {}));
    accepted_ += readings.size();
    uplink_->outbox_grew();
  }

  void mark() { online_at_ = 0; }
  bool online() const { return uplink_->online(); }
  std::uint64_t waiting() const { return outbox_->waiting(); }
  std::uint64_t accepted() const { return accepted_; }

  void report() const {
    std::printf("agent %s %s %llu %lld\n", name_.c_str(), outbox_->epoch().c_str(), static_cast<unsigned long long>(accepted_),
                static_cast<long long>(online_at_));
  }
  void publish_health() { uplink_->publish_health(); }

 private:
  static std::minstd_rand& random() {
    static std::minstd_rand engine(std::random_device{}());
    return engine;
  }

  MqttLinkOptions link_options() const {
    MqttLinkOptions link;
    link.mqtt.port = storm_.port;
    link.client_id = name_;
    link.subscribe_topic = receipts_topic(name_);
    link.will_topic = health_topic(name_);
    link.will_payload = R"({"agent":")" + name_ + R"(","status":"offline"})";
    return link;
  }

  NewReading reading(UtcTime at) {
    code_ = (code_ + 1) % kCodes;
    char values[64];
    std::snprintf(values, sizeof values, R"({"air_temperature_C":%.4f})", code_ / 1e4);
    return {{name_, Stream::kWeather, at, values}, {at, ClockQuality::kTrusted, {}}};
  }

  void tick_in(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      if (!storm_.quiet) {
        const std::vector<NewReading> one{reading(storm_.clock.wall())};
        must(outbox_->accept(one, {}));
        ++accepted_;
        uplink_->outbox_grew();
      }
      tick_in(storm_.interval);
    });
  }

  /// The uplink asks for it first thing after each connect.
  std::string health() {
    const UtcTime now = storm_.clock.wall();
    if (online_at_ == 0) online_at_ = now.ms;
    AgentHealth health;
    health.agent = name_;
    health.status = "online";
    health.version = "storm";
    health.at = health.started_at = now;
    health.clock = "trust";
    health.outbox_readings = outbox_->waiting();
    health.epochs = outbox_->accounts();
    return encode_agent_health(health);
  }

  Storm& storm_;
  std::string name_;
  asio::steady_timer timer_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Uplink> uplink_;
  std::uint64_t accepted_ = 0;
  std::int64_t online_at_ = 0;
  int code_ = 0;
};

class Program {
 public:
  Program(Storm& storm, int first, int count) : storm_(storm), input_(storm.loop, STDIN_FILENO), state_timer_(storm.loop) {
    for (int number = first; number < first + count; ++number) agents_.push_back(std::make_unique<StormAgent>(storm, number));
    read_word();
    tell_state();
  }

 private:
  void read_word() {
    asio::async_read_until(input_, line_, '\n', [this](const boost::system::error_code& error, std::size_t) {
      if (error) std::_Exit(0);  // whoever started us is gone
      std::istream stream(&line_);
      std::string word;
      int count = 0;
      stream >> word;
      if (word == "burst") stream >> count;
      stream.ignore();
      obey(word, count);
      std::puts("done");
      std::fflush(stdout);
      if (word == "end") std::_Exit(0);
      read_word();
    });
  }

  void obey(const std::string& word, int count) {
    storm_.quiet = storm_.quiet || word == "quiet";
    for (const auto& agent : agents_) {
      if (word == "burst") agent->burst(count);
      if (word == "mark") agent->mark();
      if (word == "health") agent->publish_health();
      if (word == "end") agent->report();
    }
  }

  void tell_state() {
    std::size_t online = 0;
    std::uint64_t waiting = 0;
    std::uint64_t accepted = 0;
    for (const auto& agent : agents_) {
      online += agent->online() ? 1 : 0;
      waiting += agent->waiting();
      accepted += agent->accepted();
    }
    std::printf("state %zu %llu %llu\n", online, static_cast<unsigned long long>(waiting),
                static_cast<unsigned long long>(accepted));
    std::fflush(stdout);
    state_timer_.expires_after(kStateEvery);
    state_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) tell_state();
    });
  }

  Storm& storm_;
  asio::posix::stream_descriptor input_;
  asio::streambuf line_;
  asio::steady_timer state_timer_;
  std::vector<std::unique_ptr<StormAgent>> agents_;
};

}  // namespace
}  // namespace wayside::edge

int main(int count, char** arguments) {
  if (count != 5) return 2;
  wayside::log_start("storm", wayside::LogLevel::kError);
  wayside::mosquitto_start_library();
  wayside::edge::Storm storm;
  storm.port = std::atol(arguments[1]);
  storm.interval = std::chrono::milliseconds(std::atol(arguments[4]));
  const wayside::edge::Program program(storm, std::atoi(arguments[2]), std::atoi(arguments[3]));
  storm.loop.run();
}
