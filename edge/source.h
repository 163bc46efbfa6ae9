#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/contract/message.h"
#include "edge/agent_settings.h"
#include "edge/driver.h"
#include "edge/intake.h"
#include "edge/reading_store.h"
#include "edge/refusals.h"
#include "edge/time_keeper.h"
#include "edge/uplink.h"

namespace wayside::edge {

/// One configured driver with its side of the agent. On the agent's loop.
class Source final : public DriverHost {
 public:
  Source(boost::asio::io_context& loop, const Clock& clock, const TimeKeeper& time, const SourceSettings& settings,
         Intake& intake, ReadingStore& outbox, Uplink& uplink, Refusals& refusals);

  Status start();
  void stop();
  void poll_once(std::function<void(const Status&)> done) { driver_->poll_once(std::move(done)); }
  const std::string& name() const { return settings_.name; }
  DriverHealth health() const;

  void accept(std::vector<Observation> observations, std::vector<Memory> memories,
              std::function<void(const Status&)> done) override;
  void announce(StationInfo info) override;
  void retire(const std::string& station_id) override;
  std::optional<std::string> recall(std::string_view key) override;
  std::map<std::string, std::string> recall_all() override;
  void refused(RefusedFrame frame) override;
  void unknown_device(UnknownDevice device) override;
  void left_out(LeftOut what) override;
  void report_ok() override;
  void report_fault(const std::string& why) override;
  const Clock& clock() const override { return clock_; }
  std::optional<UtcTime> now() const override;
  boost::asio::io_context& loop() override { return loop_; }

 private:
  boost::asio::io_context& loop_;
  const Clock& clock_;
  const TimeKeeper& time_;
  const SourceSettings& settings_;
  Intake& intake_;
  ReadingStore& outbox_;
  Uplink& uplink_;
  Refusals& refusals_;
  DriverHealth health_;
  std::unique_ptr<Driver> driver_;
};

}  // namespace wayside::edge
