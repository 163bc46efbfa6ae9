#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "edge/driver.h"
#include "edge/drivers/mta_audit.h"
#include "edge/drivers/rail_stations.h"
#include "edge/drivers/serial_port.h"
#include "edge/drivers/turnstile_audits.h"

namespace wayside::edge {

struct TurnstileLinesSettings final : SettingsGroup {
  std::string port;
  std::int64_t baud = 9600;
  std::vector<std::string> devices;
  std::string time_zone = "UTC";
  double people_per_minute_max = 60;
  std::string station_id;
  std::string name;
  double lat = kNoPosition;
  double lon = kNoPosition;
  std::vector<std::string> lines;
  std::int64_t report_interval_s = 14'400;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

struct TurnstileLinesCounters {
  std::uint64_t audits = 0;     ///< taken
  std::uint64_t cut_lines = 0;  ///< first line after opening, begun before we listened
  std::uint64_t not_stored = 0;
  std::array<std::uint64_t, kAuditReasonCount> refused{};
  TurnstileAuditsCounters registers;
};

/// Reads the audits of one station's turnstiles from a serial port and hands over the people they have counted. Lives on the
/// host's loop.
class TurnstileLinesDriver final : public Driver {
 public:
  TurnstileLinesDriver(const TurnstileLinesSettings& settings, DriverHost& host, std::unique_ptr<SerialPort> port);
  ~TurnstileLinesDriver() override;

  Status start() override;
  void stop() override;
  TurnstileLinesCounters counters() const;
  std::map<std::string, std::uint64_t> counts() const override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// A device's time in a zone: `UTC`, `local` (this machine's), or an offset such as `-05:00`. Nothing for an unknown zone or a
/// time that does not exist.
std::optional<UtcTime> utc_in_zone(const CivilTime& time, std::string_view zone);

DriverEntry turnstile_lines_driver();

}  // namespace wayside::edge
