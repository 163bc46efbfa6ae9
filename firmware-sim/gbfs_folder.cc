#include "firmware-sim/gbfs_folder.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "firmware-sim/gbfs_times.h"

namespace wayside::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Documents = std::map<std::string, Json>;
constexpr const char* kStatus = "station_status";

bool status_field(std::string_view name) {
  return name == "station_id" || name == "last_reported" || name.starts_with("num_") || name.starts_with("is_") ||
         name == "vehicle_types_available" || name == "vehicle_docks_available";
}

/// `station_status` for `station_status.v2.3.json`, and for any other name that begins so.
std::string feed_name(const fs::path& path) {
  const std::string file = path.filename().string();
  const std::string name = file.substr(0, file.find('.'));
  return name.starts_with(kStatus) ? kStatus : name;
}

std::int64_t newest_report(const Json& document) {
  std::int64_t newest_s = 0;
  const Json data = document.value("data", Json::object());
  for (const Json& station : data.value("stations", Json::array())) {
    newest_s = std::max(newest_s, read_gbfs_time(station.value("last_reported", Json())).value_or(0));
  }
  return newest_s;
}

Result<Documents> load(const std::string& folder) {
  std::error_code error;
  Documents documents;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = feed_name(entry.path());
    if (name == "gbfs") continue;
    if (documents.contains(name)) return Error{"--folder: two files are " + name + " (got " + folder + ")", "keep one"};
    auto text = read_file(entry.path().string());
    if (!text) return std::move(text).error();
    auto document = parse_gbfs(*text, entry.path().string());
    if (!document) return std::move(document).error();
    documents[name] = document->is_array() ? status_from_rows(*document) : std::move(*document);
  }
  if (!documents.contains("station_information") || !documents.contains(kStatus)) {
    return Error{"--folder: needs station_information*.json and station_status*.json (got " + folder + ")",
                 "a folder of GBFS files"};
  }
  return documents;
}

}  // namespace

Json status_from_rows(const Json& rows) {
  Json stations = Json::array();
  std::int64_t newest_s = kGbfsFirstTimeSeconds;
  for (const Json& row : rows) {
    if (!row.is_object() || !row.contains("station_id")) continue;
    Json station;
    for (const auto& [name, value] : row.items()) {
      if (status_field(name)) station[name] = value;
    }
    newest_s = std::max(newest_s, read_gbfs_time(row.value("last_reported", Json())).value_or(0));
    stations.push_back(std::move(station));
  }
  Json document;
  document["last_updated"] = newest_s;
  document["ttl"] = 60;
  document["version"] = "2.3";
  document["data"]["stations"] = std::move(stations);
  return document;
}

Result<std::shared_ptr<GbfsFolder>> GbfsFolder::open(const GbfsFolderOptions& options, UtcTime now) {
  auto documents = load(options.folder);
  if (!documents) return std::move(documents).error();
  std::shared_ptr<GbfsFolder> feed(new GbfsFolder);
  const Json& status = documents->at(kStatus);
  if (options.shift_to_now) feed->shift_s_ = now.seconds() - newest_report(status);
  feed->version_ = status.value("version", "");
  feed->ttl_s_ = options.ttl_s >= 0 ? options.ttl_s : status.value("ttl", 60);
  const std::int64_t latest_s = options.shift_to_now ? now.seconds() : std::numeric_limits<std::int64_t>::max();
  for (auto& [name, document] : *documents) {
    if (feed->shift_s_ != 0) shift_gbfs_times(document, feed->shift_s_, latest_s);
    if (options.ttl_s >= 0) document["ttl"] = options.ttl_s;
    feed->documents_[name] = std::make_shared<const GbfsDocument>(
        GbfsDocument{document.dump(), "\"" + name + "-" + std::to_string(feed->shift_s_) + "\""});
  }
  feed->last_updated_s_ = read_gbfs_time(status.value("last_updated", Json())).value_or(now.seconds());
  return feed;
}

std::vector<std::string> GbfsFolder::names() const {
  std::vector<std::string> names;
  for (const auto& [name, document] : documents_) names.push_back(name);
  return names;
}

std::shared_ptr<const GbfsDocument> GbfsFolder::document(std::string_view name, std::string_view) {
  const auto found = documents_.find(name);
  return found == documents_.end() ? nullptr : found->second;
}

std::string GbfsFolder::status() const {
  return "{\"source\":\"folder\",\"files\":" + std::to_string(documents_.size()) + ",\"shift_s\":" + std::to_string(shift_s_) +
         "}";
}

}  // namespace wayside::sim
