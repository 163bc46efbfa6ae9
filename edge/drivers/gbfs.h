#pragma once

#include <string>

#include "edge/driver.h"

namespace wayside::edge {

struct GbfsSettings : SettingsGroup {
  std::string url;
  std::string language;
  std::string station_prefix;
  std::string ca_file;
  double poll_interval_s = 10;
  double information_interval_s = 600;
  std::int64_t timeout_s = 30;
  std::int64_t report_interval_s = 300;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// Polls a GBFS system and serves each of its stations: one bike_status reading whenever a station's object differs in
/// any field from the last one sent, with the feed's last_reported as its time.
DriverEntry gbfs_driver();

}  // namespace wayside::edge
