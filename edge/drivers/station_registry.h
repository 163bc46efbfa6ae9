#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/base/settings.h"
#include "edge/driver.h"
#include "edge/drivers/station_table.h"

namespace wayside::edge {

/// What all sources that are registries have in their settings.
struct RegistrySettings {
  std::string kind = "rail";
  std::string station_prefix;
  std::vector<std::string> streams;
  std::int64_t report_interval_s = 300;
  double poll_interval_s = 10;

  void describe(SettingsVisitor& visitor);
  Status validate() const;
};

/// Announces the stations of a table, and retires those that have left it. Which ones it announced is kept in the driver's
/// memory. On the host's loop.
class StationRegistry {
 public:
  StationRegistry(const RegistrySettings& settings, DriverHost& host);

  /// Stations to announce; `whole` says that there are no others, so that those that are missing are retired (a table without
  /// any is taken for broken and retires nobody).
  void take(const std::vector<TableStation>& stations, bool whole);
  /// A row that could not be taken: told once, not at every poll.
  void refuse(const std::string& why, const std::string& row);
  std::uint64_t stations() const { return announced_.size(); }

 private:
  const RegistrySettings& settings_;
  DriverHost& host_;
  std::set<std::string> announced_;
  std::set<std::string> refused_;
};

}  // namespace wayside::edge
