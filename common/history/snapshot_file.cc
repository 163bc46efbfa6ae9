// GBFS station_status. In all versions:
//   {"last_updated":1684283185,"data":{"stations":[{"station_id":"72","last_reported":1684283168,"num_bikes_available":17,
//    "is_renting":1,…},…]}}
// Flags are 0 or 1 until 2.0; since 3.0 times are RFC 3339 and bikes are vehicles (num_vehicles_available).
#include "common/history/snapshot_file.h"

#include <simdjson.h>

#include <algorithm>

namespace wayside {
namespace {

using simdjson::dom::element;

constexpr std::int64_t kYear10000S = 253'402'300'800;

std::optional<UtcTime> read_time(const element& value) {
  std::int64_t seconds = 0;
  double real = 0;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return parse_rfc3339(text);
  if (value.get(seconds) == simdjson::SUCCESS) {
    return seconds > 0 && seconds < kYear10000S ? std::optional(UtcTime::from_seconds(seconds)) : std::nullopt;
  }
  const bool good = value.get(real) == simdjson::SUCCESS && real > 0 && real < static_cast<double>(kYear10000S);
  return good ? std::optional(UtcTime{static_cast<std::int64_t>(real * 1000)}) : std::nullopt;
}

void read_station(const element& row, SnapshotStation& station) {
  station.id = {};
  station.last_reported.reset();
  station.fields.clear();
  simdjson::dom::object object;
  if (row.get(object) != simdjson::SUCCESS) return;
  for (const auto& [name, value] : object) {
    if (name == "station_id" && value.get(station.id) == simdjson::SUCCESS) continue;
    if (name == "last_reported") station.last_reported = read_time(value);
    station.fields.emplace_back(name, simdjson::minify(value));
  }
}

}  // namespace

struct SnapshotReader::Impl {
  simdjson::dom::parser parser;
  SnapshotStation station;
};

SnapshotReader::SnapshotReader() : impl_(std::make_unique<Impl>()) {}
SnapshotReader::~SnapshotReader() = default;

std::string_view SnapshotStation::field(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& item) { return item.first == name; });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

Result<bool> SnapshotReader::read(const std::string& path, const Take& take) {
  element document;
  element last_updated;
  simdjson::dom::array stations;
  if (impl_->parser.load(path).get(document) != simdjson::SUCCESS) return false;
  if (document["data"]["stations"].get(stations) != simdjson::SUCCESS) return false;
  if (document["last_updated"].get(last_updated) != simdjson::SUCCESS) return false;
  const auto updated = read_time(last_updated);
  if (!updated) return false;
  for (const element row : stations) {
    read_station(row, impl_->station);
    if (auto taken = take(impl_->station, *updated); !taken.ok()) return std::move(taken).error();
  }
  return true;
}

}  // namespace wayside
