#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/csv.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace wayside {

/// Why a row of a trip file was left out: a closed list.
enum class TripFault : std::uint8_t {
  kFields,        ///< not as many fields as the header has; also a row over 64 KiB
  kStartTime,     ///< no date and time
  kEndTime,       ///< there is one, and it is none
  kBackwards,     ///< it ends before it starts
  kStartStation,  ///< no start station
  kPosition,      ///< a station without a position that can be read
};
inline constexpr std::size_t kTripFaultCount = 6;
std::string_view to_text(TripFault fault);

struct TripStation {
  std::string id;
  std::string name;
  double lat = 0;
  double lon = 0;
};

/// One ride; stations are places in TripHistory::stations. Times are those of the file, as if they were UTC.
struct Trip {
  UtcTime started;
  std::size_t start = 0;
  std::optional<std::size_t> end;  ///< nothing: the file does not say where, or when, it ended
  UtcTime ended;
};

struct TripHistory {
  std::vector<TripStation> stations;
  std::vector<Trip> trips;
  std::uint64_t rows = 0;
  std::uint64_t without_end = 0;  ///< of `trips`
  std::array<std::uint64_t, kTripFaultCount> damaged{};
};

/// Reads Citi Bike trip history while its bytes come in: the column names until January 2021 (`starttime`, `start station id`) and
/// after it (`started_at`, `start_station_id`), in any case. Not thread-safe.
class TripReader {
 public:
  TripReader();
  void feed(std::string_view bytes) { splitter_.feed(bytes); }
  /// The whole history, or why this is none.
  Result<TripHistory> finish();

 private:
  void take(std::vector<std::string>& fields);
  std::optional<TripFault> read(const std::vector<std::string>& fields);
  /// The station of that id, made when it is new; nothing when its position cannot be read.
  std::optional<std::size_t> station(const std::vector<std::string>& fields, const std::string& which);

  std::optional<CsvHeader> header_;
  std::map<std::string, std::size_t, std::less<>> places_;
  TripHistory history_;
  CsvSplitter splitter_;
};

}  // namespace wayside
