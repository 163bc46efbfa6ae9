#include "edge/station_info_fit.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/contract/message.h"
#include "edge/drivers/json_repair.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

constexpr const char* kNumbers[] = {"lat", "lon", "capacity"};
constexpr const char* kKept[] = {"station_id", "kind", "streams", "lat", "lon"};

bool fits_alone(const std::string& name, const json& value, const std::string& station_id) {
  const json probe = {{"kind", "bike"}, {name, value}};
  return !check_station_info(probe.dump(-1, ' ', false, json::error_handler_t::replace), station_id);
}

}  // namespace

std::vector<std::string> fit_station_info(StationInfo& info) {
  std::vector<std::string> taken_out;
  if (!check_station_info(info.json, info.station_id)) return taken_out;
  json fields = json::parse(info.json, nullptr, false);
  if (!fields.is_object()) return taken_out;
  for (const char* name : kNumbers) {
    const auto field = fields.find(name);
    if (field == fields.end() || !field->is_string()) continue;
    if (const auto number = number_in(field->get_ref<const std::string&>())) *field = *number;
  }
  for (auto field = fields.begin(); field != fields.end();) {
    const bool kept = std::find(std::begin(kKept), std::end(kKept), field.key()) != std::end(kKept);
    if (kept || fits_alone(field.key(), field.value(), info.station_id)) {
      ++field;
    } else {
      taken_out.push_back(field.key());
      field = fields.erase(field);
    }
  }
  info.json = fields.dump(-1, ' ', false, json::error_handler_t::replace);
  return taken_out;
}

}  // namespace wayside::edge
