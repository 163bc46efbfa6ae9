#pragma once

#include <string>

#include "central/central_settings.h"

namespace wayside::central {

struct ImportOptions {
  std::string from;      ///< folder, archive or file of GBFS snapshots, or a CSV of trips
  std::string stations;  ///< station_information.json of snapshots; may be empty
  std::string prefix;    ///< in front of station ids; may be empty
  std::string timezone;  ///< of trips; empty: page.timezone, else UTC
};

/// `wayside-central import`: recorded history into the database of a central that does not run. May be run again, and after a
/// death. Returns the exit code: 0 done, 1 it could not (a central has the database open), what was committed stays.
int run_import(const CentralSettings& settings, const ImportOptions& options);

}  // namespace wayside::central
