#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "central/history_import.h"

namespace wayside::central {

struct SnapshotSource {
  std::string path;         ///< a folder or archive of station_status*.json, or one such file
  std::string information;  ///< a station_information file; empty: none
  std::string prefix;       ///< in front of each station id
};
/// Recorded GBFS station_status of any version: each station's last_reported is when its values were observed.
Status import_snapshots(const SnapshotSource& source, HistoryImport& into);

struct TripsSource {
  std::string path;      ///< a CSV file
  std::string prefix;    ///< in front of each station id
  std::string timezone;  ///< of its times, such as America/New_York; empty: UTC
};
struct TripsFound {
  std::uint64_t rows = 0;
  std::uint64_t rides = 0;
  std::uint64_t without_end = 0;                      ///< of `rides`
  std::map<std::string, std::uint64_t> damaged = {};  ///< rows by what is wrong with them
};
/// Citi Bike's trip history: each ride is a reading of one bike less at its first dock, and one of one more at its last. The file does
/// not say how many bikes stood there: each dock begins with the fewest that never go below zero, as in `wayside-sim trips`.
/// Sets the process's time zone.
Result<TripsFound> import_trips(const TripsSource& source, HistoryImport& into);

}  // namespace wayside::central
