#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "central/import_sources.h"
#include "common/contract/names.h"
#include "common/history/trip_file.h"

namespace wayside::central {
namespace {

/// A dock's level is known until its next ride, up to the day that a value may hold (5 intervals).
constexpr std::int64_t kReportIntervalS = 17'280;

Status set_timezone(const std::string& zone) {
  const bool plain = zone.find("..") == std::string::npos && !zone.starts_with('/');
  if (!zone.empty() && (!plain || !std::filesystem::is_regular_file("/usr/share/zoneinfo/" + zone))) {
    return Error{"--timezone: is none (got " + zone + ")", "America/New_York; the package tzdata has them"};
  }
  ::setenv("TZ", zone.empty() ? "UTC" : zone.c_str(), 1);
  ::tzset();
  return {};
}

/// A time on a clock there. In the hour that comes twice in autumn the file does not say which; the C library chooses.
UtcTime from_local(UtcTime local) {
  std::time_t seconds = local.seconds();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  parts.tm_isdst = -1;
  return UtcTime{static_cast<std::int64_t>(std::mktime(&parts)) * 1000 + local.ms % 1000};
}

struct Move {
  UtcTime at;
  std::size_t station = 0;
  int step = 0;  ///< +1 arrives, -1 leaves
};

/// By station and time; of one time arrivals first.
std::vector<Move> moves_of(const TripHistory& history) {
  std::vector<Move> moves;
  for (const Trip& trip : history.trips) {
    moves.push_back({from_local(trip.started), trip.start, -1});
    if (trip.end) moves.push_back({from_local(trip.ended), *trip.end, +1});
  }
  std::sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) {
    return std::tuple(a.station, a.at, -a.step) < std::tuple(b.station, b.at, -b.step);
  });
  return moves;
}

void describe_docks(const TripHistory& history, const std::vector<std::string>& ids, HistoryImport& into) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const TripStation& station = history.stations[i];
    const nlohmann::json info{{"kind", "bike"},
                              {"name", station.name},
                              {"lat", station.lat},
                              {"lon", station.lon},
                              {"streams", {{"bike_status", {{"report_interval_s", kReportIntervalS}}}}}};
    into.describe(ids[i], info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

/// The moves of one dock, from begin to end.
Status add_dock(const std::vector<Move>& moves, std::size_t begin, std::size_t end, const std::string& id,
                HistoryImport& into) {
  int level = 0;
  int lowest = 0;
  for (std::size_t i = begin; i < end; ++i) lowest = std::min(lowest, level += moves[i].step);
  level = -lowest;
  Reading reading;
  reading.station_id = id;
  for (std::size_t i = begin; i < end; ++i) {
    level += moves[i].step;
    if (i + 1 < end && moves[i + 1].at == moves[i].at) continue;  // one reading a moment
    reading.observed_at = moves[i].at;
    reading.values = "{\"num_bikes_available\":" + std::to_string(level) + "}";
    WAYSIDE_TRY(into.add(reading, reading.observed_at));
  }
  return {};
}

Result<TripHistory> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{"--from: cannot be read (got " + path + ")", "a CSV file of Citi Bike's system data"};
  TripReader reader;
  char bytes[64 * 1024];
  while (file.read(bytes, sizeof bytes) || file.gcount() > 0) reader.feed({bytes, static_cast<std::size_t>(file.gcount())});
  return reader.finish();
}

}  // namespace

Result<TripsFound> import_trips(const TripsSource& source, HistoryImport& into) {
  WAYSIDE_TRY(set_timezone(source.timezone));
  auto history = read_file(source.path);
  if (!history) return std::move(history).error();
  std::vector<std::string> ids;
  for (const TripStation& station : history->stations) ids.push_back(encode_station_id(source.prefix + station.id));
  describe_docks(*history, ids, into);
  const std::vector<Move> moves = moves_of(*history);
  for (std::size_t begin = 0, end = 0; begin < moves.size(); begin = end) {
    while (end < moves.size() && moves[end].station == moves[begin].station) ++end;
    WAYSIDE_TRY(add_dock(moves, begin, end, ids[moves[begin].station], into));
  }
  TripsFound found{history->rows, history->trips.size(), history->without_end};
  for (std::size_t i = 0; i < kTripFaultCount; ++i) {
    if (history->damaged[i] > 0) found.damaged[std::string(to_text(static_cast<TripFault>(i)))] = history->damaged[i];
  }
  return found;
}

}  // namespace wayside::central
