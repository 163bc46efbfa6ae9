// The folder of the "Public Transit Status" course:
//   cta_stations.csv     stop_id,direction_id,stop_name,station_name,station_descriptive_name,station_id,order,red,blue,green
//                        two rows (directions) a station and line; flags TRUE or FALSE
//   ridership_seed.csv   station_id,stationame,month_beginning,avg_weekday_rides,avg_saturday_rides,avg_sunday-holiday_rides,monthtotal
//   ridership_curve.csv  hour,ridership_ratio      hours 0 to 24; 24 is 0 again
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>

#include "common/base/csv.h"
#include "firmware-sim/rail_network.h"

namespace wayside::sim {
namespace {

constexpr std::array<const char*, 3> kLines{"blue", "red", "green"};
constexpr double kRunSeconds = 120;

using Row = std::function<std::string_view(std::string_view name)>;

Status each_row(const std::string& path, const std::function<void(const Row&)>& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error{"--cta: cannot read " + path, "a folder with cta_stations.csv, ridership_seed.csv, ridership_curve.csv"};
  std::optional<CsvHeader> header;
  CsvSplitter splitter([&](std::vector<std::string>& fields) {
    if (!header) {
      header.emplace(fields);
      return;
    }
    take([&](std::string_view name) { return header->field(fields, name); });
  });
  char bytes[16 * 1024];
  while (file.read(bytes, sizeof bytes) || file.gcount() > 0) splitter.feed({bytes, static_cast<std::size_t>(file.gcount())});
  splitter.end();
  return {};
}

std::int64_t whole(std::string_view text) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

double real(std::string_view text) { return std::strtod(std::string(text).c_str(), nullptr); }

/// Stops of one line by their order; of two with the same order the first counts.
using Ordered = std::map<int, std::size_t>;

void take_stop(const Row& row, RailNetwork& network, std::map<std::int64_t, std::size_t>& places,
               std::array<Ordered, 3>& lines) {
  const std::int64_t id = whole(row("station_id"));
  const std::int64_t order = whole(row("order"));
  if (id < 0 || order < 0) return;
  for (std::size_t i = 0; i < kLines.size(); ++i) {
    if (row(kLines[i]) != "TRUE" && row(kLines[i]) != "true") continue;
    const auto [found, is_new] = places.try_emplace(id, network.stops.size());
    if (is_new) {
      RailStop stop;
      stop.id = id;
      stop.name = row("station_name");
      network.stops.push_back(std::move(stop));
    }
    lines[i].try_emplace(static_cast<int>(order), found->second);
  }
}

}  // namespace

Result<RailNetwork> load_cta(const std::string& folder) {
  RailNetwork network;
  std::map<std::int64_t, std::size_t> places;
  std::array<Ordered, 3> lines;
  WAYSIDE_TRY(each_row(folder + "/cta_stations.csv", [&](const Row& row) { take_stop(row, network, places, lines); }));
  WAYSIDE_TRY(each_row(folder + "/ridership_seed.csv", [&](const Row& row) {
    const auto found = places.find(whole(row("station_id")));
    if (found == places.end()) return;
    network.stops[found->second].rides = {real(row("avg_weekday_rides")), real(row("avg_saturday_rides")),
                                          real(row("avg_sunday-holiday_rides"))};
  }));
  WAYSIDE_TRY(each_row(folder + "/ridership_curve.csv", [&](const Row& row) {
    const std::int64_t hour = whole(row("hour"));
    if (hour >= 0 && hour < 24) network.curve[static_cast<std::size_t>(hour)] = real(row("ridership_ratio"));
  }));
  for (std::size_t i = 0; i < kLines.size(); ++i) {
    RailLine line;
    line.name = kLines[i];
    for (const auto& [order, stop] : lines[i]) {
      if (!line.stops.empty()) line.run_seconds.push_back(kRunSeconds);
      line.stops.push_back(stop);
      line.order.push_back(order);
    }
    if (line.stops.size() < 2)
      return Error{"--cta: no " + line.name + " line in " + folder, "cta_stations.csv with flags TRUE"};
    network.lines.push_back(std::move(line));
  }
  return network;
}

}  // namespace wayside::sim
