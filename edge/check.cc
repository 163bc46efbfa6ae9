#include "edge/check.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>

#include "common/contract/reading.h"
#include "common/contract/streams.h"
#include "edge/driver.h"

namespace wayside::edge {
namespace {

constexpr const char* kNothingStored = "this is a check: nothing is stored";
constexpr std::size_t kShownMax = 20;                  // readings of one source, as of a whole GBFS feed
constexpr std::chrono::milliseconds kGatherWait{500};  // a source of several devices has more to say
constexpr std::chrono::seconds kFaultWait{5};          // a port that is being opened, a child that starts

/// Devices send what they like, escape sequences included.
std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return text;
}

/// The agent's side of a driver, without an outbox: prints.
class CheckHost final : public DriverHost {
 public:
  CheckHost(boost::asio::io_context& loop, const std::string& name) : loop_(loop), name_(name) {}

  void accept(std::vector<Observation> observations, std::vector<Memory> memories,
              std::function<void(const Status&)> done) override {
    for (Memory& memory : memories) memories_[memory.key] = std::move(memory.value);
    for (const Observation& observation : observations) take(observation);
    // Nothing is kept here: a device that waits for its answer must not believe so.
    done(Error{kNothingStored, ""});
  }
  void announce(StationInfo) override { ++stations_; }
  void retire(const std::string&) override {}
  std::optional<std::string> recall(std::string_view key) override {
    const auto found = memories_.find(std::string(key));
    return found == memories_.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, std::string> recall_all() override { return memories_; }

  void refused(RefusedFrame frame) override {
    say("refused " + frame.reason + ": " + frame.detail + (frame.frame.empty() ? "" : ": " + frame.frame));
  }
  void unknown_device(UnknownDevice device) override { say("unknown device " + device.key_masked); }
  void left_out(LeftOut) override {}
  void report_ok() override {
    ok_ = true;
    fault_.clear();
  }
  void report_fault(const std::string& why) override {
    if (why.find(kNothingStored) == std::string::npos) fault_ = why;
  }

  const Clock& clock() const override { return clock_; }
  std::optional<UtcTime> now() const override { return clock_.wall(); }
  boost::asio::io_context& loop() override { return loop_; }

  std::size_t readings() const { return readings_; }
  std::size_t stations() const { return stations_; }
  bool ok() const { return ok_; }
  const std::string& fault() const { return fault_; }

 private:
  void take(const Observation& observation) {
    Reading reading{observation.station_id, observation.stream, "", 0, observation.observed_at.value_or(clock_.wall()),
                    ClockQuality::kSynced,  observation.values};
    const std::string text = encode_reading(reading);
    parser_.parse(text, nullptr, parsed_);
    if (!parsed_.empty() && parsed_[0].refusal) {
      const Refusal& refusal = *parsed_[0].refusal;
      return say("refused by the contract, " + std::string(to_text(refusal.reason)) + ": " + refusal.detail + ": " +
                 observation.values);
    }
    ++readings_;
    say(observation.station_id + " " + std::string(to_text(observation.stream)) + " " + observation.values);
  }

  void say(const std::string& text) {
    if (++said_ <= kShownMax) std::printf("%s: %s\n", name_.c_str(), printable(text).c_str());
    if (said_ == kShownMax + 1) std::printf("%s: …\n", name_.c_str());
    std::fflush(stdout);
  }

  boost::asio::io_context& loop_;
  const std::string& name_;
  SystemClock clock_;
  ReadingParser parser_;
  std::vector<ParsedReading> parsed_;
  std::map<std::string, std::string> memories_;
  std::size_t readings_ = 0;
  std::size_t stations_ = 0;
  std::size_t said_ = 0;
  bool ok_ = false;
  std::string fault_;
};

/// Runs one source until it has said something, and judges it.
bool check_source(const SourceSettings& source, std::chrono::seconds time_out) {
  boost::asio::io_context loop(1);
  CheckHost host(loop, source.name);
  const auto began = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::steady_clock::now() - began; };
  const auto driver = find_driver(source.driver)->make(*source.options, host);
  if (const Status started = driver->start(); !started.ok()) {
    std::printf("%s: FAULT %s\n", source.name.c_str(), printable(started.error().message).c_str());
    return false;
  }
  bool polled = false;
  driver->poll_once([&polled](const Status&) { polled = true; });
  std::optional<std::chrono::steady_clock::time_point> first;
  while (passed() < time_out) {
    loop.restart();
    loop.run_one_for(std::chrono::milliseconds(50));
    if (!first && host.readings() > 0) first = std::chrono::steady_clock::now();
    if (first && std::chrono::steady_clock::now() - *first > kGatherWait) break;
    if (!host.fault().empty() && passed() > kFaultWait) break;
  }
  driver->stop();
  if (!host.fault().empty() && host.readings() == 0) {
    std::printf("%s: FAULT %s\n", source.name.c_str(), printable(host.fault()).c_str());
    return false;
  }
  if (host.readings() > 0) {
    std::printf("%s: ok, %zu readings%s%s\n", source.name.c_str(), host.readings(), host.fault().empty() ? "" : "; FAULT ",
                printable(host.fault()).c_str());
    return host.fault().empty();
  }
  const bool waits = host.ok();
  std::printf("%s: %s nothing came within %lld s\n", source.name.c_str(), waits ? "listens;" : "FAULT",
              static_cast<long long>(time_out.count()));
  return waits;
}

}  // namespace

int check_sources(const AgentSettings& settings) {
  std::size_t bad = 0;
  for (const auto& source : settings.sources) {
    std::printf("%s: trying %s\n", source->name.c_str(), source->driver.c_str());
    std::fflush(stdout);
    if (!check_source(*source, std::chrono::seconds(settings.check_timeout_s))) ++bad;
    std::fflush(stdout);
  }
  std::printf("%zu of %zu sources work\n", settings.sources.size() - bad, settings.sources.size());
  return bad == 0 ? 0 : 1;
}

}  // namespace wayside::edge
