#include "central/station_info.h"

#include <nlohmann/json.hpp>

namespace wayside::central {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

void read_lines(const json& object, StationInfo& info) {
  const auto lines = object.find("lines");
  if (lines == object.end() || !lines->is_array()) return;
  for (const json& line : *lines) {
    if (line.is_string()) info.lines.push_back(line.get<std::string>());
  }
}

void read_streams(const json& object, StationInfo& info) {
  const auto streams = object.find("streams");
  if (streams == object.end() || !streams->is_object()) return;
  for (const auto& [name, stream] : streams->items()) {
    const auto known = parse_stream(name);
    if (!known || !stream.is_object()) continue;
    const auto place = static_cast<std::size_t>(*known);
    info.announced[place] = true;
    info.report_interval_s[place] = number_of(stream, "report_interval_s").value_or(0);
  }
}

}  // namespace

Result<StationInfo> parse_station_info(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return Error{"station information is no JSON object", {}};
  StationInfo info;
  info.json = text;
  info.kind = text_of(object, "kind");
  info.name = text_of(object, "name");
  info.address = text_of(object, "address");
  read_lines(object, info);
  info.lat = number_of(object, "lat");
  info.lon = number_of(object, "lon");
  if (!info.lat || !info.lon) info.lat = info.lon = std::nullopt;
  if (const auto capacity = number_of(object, "capacity"); capacity && *capacity >= 0 && *capacity < 1e9) {
    info.capacity = static_cast<std::int64_t>(*capacity);
  }
  read_streams(object, info);
  return info;
}

}  // namespace wayside::central
