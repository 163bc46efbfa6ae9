#include "firmware-sim/gbfs_times.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/base/time.h"

namespace wayside::sim {
namespace {

using Json = nlohmann::ordered_json;

void shift(Json& object, const char* field, std::int64_t shift_s, std::int64_t latest_s) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  const auto time_s = read_gbfs_time(*found);
  if (!time_s) return;
  const std::int64_t moved_s = std::min(*time_s + shift_s, latest_s);
  if (found->is_string()) {
    *found = format_rfc3339(UtcTime::from_seconds(moved_s));
  } else {
    *found = moved_s;
  }
}

}  // namespace

std::optional<std::int64_t> read_gbfs_time(const Json& value) {
  std::optional<std::int64_t> time_s;
  if (value.is_number_integer()) time_s = value.get<std::int64_t>();
  if (value.is_string()) {
    const auto parsed = parse_rfc3339(value.get_ref<const std::string&>());
    if (parsed) time_s = parsed->seconds();
  }
  return time_s && *time_s >= kGbfsFirstTimeSeconds ? time_s : std::nullopt;
}

void shift_gbfs_times(Json& document, std::int64_t shift_s, std::int64_t latest_s) {
  shift(document, "last_updated", shift_s, latest_s);
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object()) return;
  const auto stations = data->find("stations");
  if (stations == data->end() || !stations->is_array()) return;
  for (Json& station : *stations) {
    if (station.is_object()) shift(station, "last_reported", shift_s, latest_s);
  }
}

Result<Json> parse_gbfs(std::string_view text, const std::string& source) {
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error{source + ": is not JSON", "a GBFS file as published"};
  return document;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{path + ": cannot be read", "check the path"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace wayside::sim
