// A table of stations: one row a station, or one row for each of its lines or stops.
//   station_id,name,lat,lon,kind,capacity,address,line,stop_sequence
//   40830,UIC-Halsted,41.8754,-87.6496,rail,,,blue,21
// or the Chicago 'L' as the "Public Transit Status" course has it, two stops (directions) a row pair:
//   stop_id,direction_id,stop_name,station_name,station_descriptive_name,station_id,order,red,blue,green
//   30075,W,Clark/Lake (Inner Loop),Clark/Lake,"Clark/Lake (Blue, Brown, …)",40380,14,FALSE,FALSE,TRUE
// A column of a line's name says whether the row is of that line; `order` then is the place along it. Rows without any line
// make a station without one.
#include "edge/drivers/station_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/csv.h"
#include "edge/drivers/weather_fields.h"

namespace wayside::edge {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"bike", "rail", "weather"};
// The 'L' has these lines; other systems name theirs in a column `line`.
constexpr std::array<std::string_view, 8> kLineColumns{"red", "blue", "green", "brown", "orange", "purple", "pink", "yellow"};
constexpr std::size_t kStationsMax = 100'000;
constexpr double kStopSequenceMax = 100'000;

std::string_view first_of(const StationTable::Row& row, std::initializer_list<std::string_view> columns) {
  for (const std::string_view column : columns) {
    if (const std::string_view value = row(column); !value.empty()) return value;
  }
  return {};
}

bool says_yes(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return folded == "true" || folded == "t" || folded == "1" || folded == "yes" || folded == "y";
}

/// A number within bounds; `bad` is set when there is a text that is none.
std::optional<double> number_in(std::string_view text, double min, double max, bool& bad) {
  if (text.empty()) return std::nullopt;
  const auto number = parse_number(text);
  if (number && *number >= min && *number <= max) return number;
  bad = true;
  return std::nullopt;
}

std::vector<std::string> lines_of(const StationTable::Row& row) {
  std::vector<std::string> lines;
  if (const std::string_view line = first_of(row, {"line", "route_id"}); !line.empty()) lines.emplace_back(line);
  for (const std::string_view column : kLineColumns) {
    if (says_yes(row(column))) lines.emplace_back(column);
  }
  return lines;
}

void take_if_new(std::string& kept, std::string_view value) {
  if (kept.empty()) kept = value;
}

void take_if_new(std::optional<double>& kept, std::optional<double> value) {
  if (!kept) kept = value;
}

}  // namespace

std::optional<std::string> StationTable::add(const Row& row) {
  const std::string key(row("station_id"));
  if (key.empty()) return "no station_id";
  const std::string_view kind = row("kind");
  if (!kind.empty() && std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end())
    return "kind is none of bike, rail, weather";
  bool bad = false;
  const auto lat = number_in(first_of(row, {"lat", "latitude"}), -90, 90, bad);
  const auto lon = number_in(first_of(row, {"lon", "lng", "longitude"}), -180, 180, bad);
  if (bad) return "lat or lon is no position";
  const auto capacity = number_in(row("capacity"), 0, 100'000, bad);
  if (bad) return "capacity is no number of docks";
  const auto order = number_in(first_of(row, {"stop_sequence", "order"}), 0, kStopSequenceMax, bad);
  if (bad || (order && *order != std::floor(*order))) return "stop_sequence or order is no whole number";

  const auto found = places_.find(key);
  if (found == places_.end() && stations_.size() >= kStationsMax) return "more than 100000 stations";
  if (found == places_.end()) {
    places_.emplace(key, stations_.size());
    stations_.push_back({key, kind.empty() ? kind_ : std::string(kind), {}, {}, {}, {}, {}, {}, {}});
  }
  TableStation& station = stations_[places_[key]];
  take_if_new(station.name, first_of(row, {"name", "station_name"}));
  take_if_new(station.address, row("address"));
  take_if_new(station.lat, lat);
  take_if_new(station.lon, lon);
  take_if_new(station.capacity, capacity);
  for (const std::string& line : lines_of(row)) {
    if (std::find(station.lines.begin(), station.lines.end(), line) == station.lines.end()) station.lines.push_back(line);
    if (order) station.stop_sequence.emplace(line, static_cast<std::int64_t>(*order));
  }
  return std::nullopt;
}

Result<std::vector<TableStation>> read_station_file(
    const std::string& path, const std::string& kind,
    const std::function<void(const std::string& why, const std::string& row)>& refused) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{"cannot read " + path, "a CSV file with a column station_id"};
  StationTable table(kind);
  std::optional<CsvHeader> header;
  CsvSplitter splitter([&](std::vector<std::string>& fields) {
    if (!header) {
      header.emplace(fields);
      return;
    }
    auto why = fields.size() == header->size()
                   ? table.add([&](std::string_view name) { return header->field(fields, name); })
                   : "has " + std::to_string(fields.size()) + " fields, not " + std::to_string(header->size());
    if (!why) return;
    std::string shown;
    for (const std::string& field : fields) shown += (shown.empty() ? "" : ",") + field;
    refused(*why, shown);
  });
  char bytes[16 * 1024];
  while (file.read(bytes, sizeof bytes) || file.gcount() > 0) {
    splitter.feed({bytes, static_cast<std::size_t>(file.gcount())});
  }
  splitter.end();
  if (!header || !header->has("station_id")) return Error{path + ": has no column station_id", "a CSV file with a header line"};
  return table.stations();
}

std::string station_info_json(const TableStation& station, const std::string& station_id,
                              const std::vector<std::string>& streams, std::int64_t report_interval_s) {
  nlohmann::ordered_json json = {
      {"station_id", station_id}, {"kind", station.kind}, {"name", station.name.empty() ? station_id : station.name}};
  if (station.lat && station.lon) {
    json["lat"] = *station.lat;
    json["lon"] = *station.lon;
  }
  if (station.capacity) json["capacity"] = *station.capacity;
  if (!station.address.empty()) json["address"] = station.address;
  if (!station.lines.empty()) json["lines"] = station.lines;
  if (!station.stop_sequence.empty()) json["stop_sequence"] = station.stop_sequence;
  for (const std::string& stream : streams) json["streams"][stream]["report_interval_s"] = report_interval_s;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace wayside::edge
