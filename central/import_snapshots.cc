#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "central/import_sources.h"
#include "common/base/log.h"
#include "common/contract/names.h"
#include "common/history/recorded_files.h"
#include "common/history/snapshot_file.h"

namespace wayside::central {
namespace {

/// Before it nobody published GBFS: stations that never reported carry 0, 86400 or the like.
constexpr std::int64_t kFirstMs = 946'684'800'000;  // 2000-01-01

/// GBFS 3.0's name of a field of the contract.
std::string_view name_in_3_0(std::string_view name) {
  if (name == "num_bikes_available") return "num_vehicles_available";
  if (name == "num_bikes_disabled") return "num_vehicles_disabled";
  return {};
}

/// The contract's fields of a row; flags of 0 and 1 become booleans.
std::string values_of(const SnapshotStation& station) {
  std::string values;
  for (const ValueField& field : value_fields(Stream::kBikeStatus)) {
    std::string_view value = station.field(field.name);
    if (value.empty()) value = station.field(name_in_3_0(field.name));
    if (value.empty() || value == "null") continue;
    if (field.type == ValueType::kBoolean && value == "1") value = "true";
    if (field.type == ValueType::kBoolean && value == "0") value = "false";
    values.append(values.empty() ? "{\"" : ",\"").append(field.name).append("\":").append(value);
  }
  return values.empty() ? "{}" : values + '}';
}

Status take_station(const SnapshotStation& station, const std::string& prefix, UtcTime updated, HistoryImport& into) {
  if (station.id.empty()) {
    into.refuse(Reason::kMissingField);
    return {};
  }
  if (!station.last_reported || station.last_reported->ms < kFirstMs) {
    into.refuse(Reason::kBadTime);
    return {};
  }
  Reading reading;
  reading.station_id = encode_station_id(prefix + std::string(station.id));
  reading.observed_at = *station.last_reported;
  reading.values = values_of(station);
  return into.add(reading, updated);
}

/// A name is a text, or since 3.0 a list of texts by language.
std::string name_of(const nlohmann::json& station) {
  const auto name = station.find("name");
  if (name == station.end()) return {};
  if (name->is_string()) return name->get<std::string>();
  const bool listed = name->is_array() && !name->empty() && name->front().is_object() && name->front().contains("text");
  return listed && name->front()["text"].is_string() ? name->front()["text"].get<std::string>() : std::string();
}

Status describe_stations(const SnapshotSource& source, HistoryImport& into) {
  std::ifstream file(source.information, std::ios::binary);
  const auto document = nlohmann::json::parse(file, nullptr, false);
  const auto data = document.is_object() ? document.value("data", nlohmann::json()) : nlohmann::json();
  const auto stations = data.is_object() ? data.value("stations", nlohmann::json()) : nlohmann::json();
  if (!stations.is_array()) {
    return Error{"--stations: is no station information (got " + source.information + ")", "a GBFS station_information.json"};
  }
  for (const auto& station : stations) {
    if (!station.is_object() || !station.contains("station_id") || !station["station_id"].is_string()) continue;
    nlohmann::json info{{"kind", "bike"}, {"name", name_of(station)}};
    for (const char* field : {"lat", "lon", "capacity", "address"}) {
      if (station.contains(field)) info[field] = station[field];
    }
    into.describe(encode_station_id(source.prefix + station["station_id"].get<std::string>()),
                  info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return {};
}

Status take_files(const std::vector<std::string>& paths, const std::string& prefix, HistoryImport& into) {
  SnapshotReader reader;
  for (const std::string& path : paths) {
    auto read = reader.read(
        path, [&](const SnapshotStation& station, UtcTime updated) { return take_station(station, prefix, updated, into); });
    if (!read) return std::move(read).error();
    if (*read) continue;
    into.refuse(Reason::kBadJson);
    log_warn("import_file_refused", {{"file", std::filesystem::path(path).filename().string()}, {"why", "no station_status"}});
  }
  return {};
}

}  // namespace

Status import_snapshots(const SnapshotSource& source, HistoryImport& into) {
  if (!source.information.empty()) WAYSIDE_TRY(describe_stations(source, into));
  if (source.path.ends_with(".json")) return take_files({source.path}, source.prefix, into);
  auto files = RecordedFiles::open(source.path);
  if (!files) return std::move(files).error().while_doing("--from");
  return take_files(files->paths(), source.prefix, into);
}

}  // namespace wayside::central
