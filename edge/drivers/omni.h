#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/station_settings.h"

namespace wayside::edge {

struct OmniLock final : SettingsGroup {
  std::string imei;
  std::string station_id;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct OmniSettings final : SettingsGroup {
  std::string listen = "127.0.0.1:9666";
  std::int64_t connections_max = 1000;
  std::int64_t silent_after_s = 900;
  double battery_low_V = 3.5;
  std::vector<std::unique_ptr<OmniLock>> locks;
  std::vector<std::unique_ptr<StationSettings>> stations;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// The server that OMNI bike locks call: takes check-in, heartbeat and lock state, acknowledges what a lock repeats until then, and
/// reports per station how many of its locks are closed. Lives on the host's loop.
class OmniDriver final : public Driver {
 public:
  OmniDriver(const OmniSettings& settings, DriverHost& host);
  ~OmniDriver() override;

  Status start() override;
  void stop() override;
  std::map<std::string, std::uint64_t> counts() const override;
  std::uint16_t port() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

DriverEntry omni_driver();

}  // namespace wayside::edge
