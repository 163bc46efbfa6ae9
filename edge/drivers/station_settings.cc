#include "edge/drivers/station_settings.h"

#include <nlohmann/json.hpp>

#include "common/contract/names.h"

namespace wayside::edge {

void StationSettings::describe(SettingsVisitor& visitor) {
  visitor.text("station_id", station_id, "Id of the station, unique in the deployment.", Presence::kRequired);
  visitor.choice("kind", kind, {"bike", "rail", "weather"}, "What the station is.");
  visitor.text("name", name, "Name shown on the map; the id when empty.");
  visitor.real("lat", lat, {-90, 90}, "Latitude in degrees, WGS 84.", Presence::kRequired);
  visitor.real("lon", lon, {-180, 180}, "Longitude in degrees, WGS 84.", Presence::kRequired);
  visitor.integer("capacity", capacity, {0, 100'000}, "Docks in all, of a bike station; 0: not said.");
  visitor.integer("report_interval_s", report_interval_s, {1, 86'400}, "A reading is due at least this often.");
}

Status StationSettings::validate() const {
  if (!valid_station_id(station_id)) {
    return Error{"station_id: is no station id (got " + station_id + ")",
                 "1 to 64 of A-Z a-z 0-9 . _ : -, anything else as %XX"};
  }
  return {};
}

StationInfo StationSettings::info(std::span<const Stream> streams) const {
  nlohmann::ordered_json json = {
      {"station_id", station_id}, {"kind", kind}, {"name", name.empty() ? station_id : name}, {"lat", lat}, {"lon", lon}};
  if (capacity > 0) json["capacity"] = capacity;
  for (const Stream stream : streams) {
    json["streams"][std::string(to_text(stream))] = {{"report_interval_s", report_interval_s}};
  }
  return {station_id, json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace wayside::edge
