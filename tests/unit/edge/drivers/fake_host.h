#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "edge/driver.h"

namespace wayside::edge {

/// Stands still until a test moves it.
class HostClock final : public Clock {
 public:
  UtcTime wall() const override { return now; }
  MonoTime monotonic() const override { return MonoTime(now.ms); }

  UtcTime now = UtcTime::from_seconds(1'792'656'000);  // 2026-10-22T08:00:00Z
};

/// The agent's side of a driver: keeps what it is given. Commits at once, on demand (`hold`), or fails (`broken`).
class FakeHost final : public DriverHost {
 public:
  void accept(std::vector<Observation> group, std::vector<Memory> memories, std::function<void(const Status&)> done) override {
    if (hold) {
      held.push_back([this, group = std::move(group), memories = std::move(memories), done = std::move(done)]() mutable {
        commit(std::move(group), memories, done);
      });
    } else {
      commit(std::move(group), memories, done);
    }
  }
  void announce(StationInfo info) override { announced.push_back(std::move(info)); }
  void retire(const std::string& station_id) override { retired.push_back(station_id); }
  std::optional<std::string> recall(std::string_view key) override {
    const auto found = kept.find(std::string(key));
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, std::string> recall_all() override { return kept; }
  void refused(RefusedFrame frame) override { refusals.push_back(std::move(frame)); }
  void unknown_device(UnknownDevice device) override { unknown.push_back(std::move(device)); }
  void left_out(LeftOut what) override { ++(what == LeftOut::kValue ? dropped_values : device_clock_faults); }
  void report_ok() override { state = "ok"; }
  void report_fault(const std::string& why) override { state = why; }
  const Clock& clock() const override { return fake_clock; }
  std::optional<UtcTime> now() const override { return time_known ? std::optional(fake_clock.now) : std::nullopt; }
  boost::asio::io_context& loop() override { return io; }

  boost::asio::io_context io;
  HostClock fake_clock;
  bool time_known = true;
  bool hold = false;
  bool broken = false;
  std::vector<std::function<void()>> held;
  std::vector<Observation> observations;
  std::map<std::string, std::string> kept;
  std::vector<StationInfo> announced;
  std::vector<std::string> retired;
  std::vector<RefusedFrame> refusals;
  std::vector<UnknownDevice> unknown;
  std::string state = "starting";
  int dropped_values = 0;
  int device_clock_faults = 0;

 private:
  void commit(std::vector<Observation> group, const std::vector<Memory>& memories,
              const std::function<void(const Status&)>& done) {
    if (broken) return done(Error{"disk full", ""});
    for (Observation& observation : group) observations.push_back(std::move(observation));
    for (const Memory& memory : memories) kept[memory.key] = memory.value;
    done({});
  }
};

}  // namespace wayside::edge
