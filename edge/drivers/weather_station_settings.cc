#include "edge/drivers/weather_station_settings.h"

#include <nlohmann/json.hpp>

#include "common/contract/names.h"

namespace wayside::edge {

void WeatherStationSettings::describe(SettingsVisitor& visitor, std::string_view interval_doc) {
  visitor.text("station_id", station_id, "Id of the station, unique in the deployment.", Presence::kRequired);
  visitor.text("name", name, "Name shown on the map; the id when empty.");
  visitor.real("lat", lat, {-90, 90}, "Latitude in degrees, WGS 84.", Presence::kRequired);
  visitor.real("lon", lon, {-180, 180}, "Longitude in degrees, WGS 84.", Presence::kRequired);
  visitor.integer("report_interval_s", report_interval_s, {1, 86'400}, interval_doc);
}

Status WeatherStationSettings::validate() const {
  if (!valid_station_id(station_id)) {
    return Error{"station_id: is no station id (got " + station_id + ")",
                 "1 to 64 of A-Z a-z 0-9 . _ : -, anything else as %XX"};
  }
  return {};
}

StationInfo WeatherStationSettings::info() const {
  const nlohmann::ordered_json json = {
      {"station_id", station_id},
      {"kind", "weather"},
      {"name", name.empty() ? station_id : name},
      {"lat", lat},
      {"lon", lon},
      {"streams", {{"weather", {{"report_interval_s", report_interval_s}}}}},
  };
  return {station_id, json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace wayside::edge
