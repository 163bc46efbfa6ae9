#include "edge/drivers/rail_stations.h"

#include <cmath>

#include "common/contract/names.h"

namespace wayside::edge {
namespace {

std::vector<std::string> streams_of(const RailSettings& settings) {
  std::vector<std::string> streams;
  if (settings.arrivals) streams.emplace_back(to_text(Stream::kArrival));
  if (settings.turnstiles) streams.emplace_back(to_text(Stream::kTurnstile));
  return streams;
}

Status add(const RailSettings& settings, const TableStation& station, const std::string& station_id, RailStations& stations) {
  if (!valid_station_id(station_id)) {
    return Error{"station_id: is no station id (got " + station_id + ")",
                 "1 to 64 of A-Z a-z 0-9 . _ : -, anything else as %XX"};
  }
  RailStation known{station_id, station.stop_sequence, {station_id, {}}};
  known.info.json = station_info_json(station, station_id, streams_of(settings), settings.report_interval_s);
  if (stations.emplace(station.key, std::move(known)).second) return {};
  return Error{"rail: two stations have the same key (got " + station.key + ")", "one [[source.rail.station]] per station"};
}

}  // namespace

void set_position(TableStation& station, double lat, double lon) {
  if (std::isnan(lat) || std::isnan(lon)) return;
  station.lat = lat;
  station.lon = lon;
}

void RailStationSettings::describe(SettingsVisitor& visitor) {
  visitor.text("key", key, "What the hardware calls the station: station_id of its records.", Presence::kRequired);
  visitor.text("station_id", station_id, "Id of the station, unique in the deployment; key when empty.");
  visitor.text("name", name, "Name shown on the map; the id when empty.");
  visitor.real("lat", lat, {-90, 90}, "Latitude in degrees, WGS 84; without a position the station is on no map.");
  visitor.real("lon", lon, {-180, 180}, "Longitude in degrees, WGS 84.");
  visitor.texts("lines", lines, "The lines that stop there.");
  visitor.integer("stop_sequence", stop_sequence, {-1, 100'000},
                  "Place along its lines, from 0; -1: unknown. Where it differs by line: stations_file.");
}

Status RailStationSettings::validate() const {
  const bool id = station_id.empty() || valid_station_id(station_id);
  if (id) return {};
  return Error{"station_id: is no station id (got " + station_id + ")", "1 to 64 of A-Z a-z 0-9 . _ : -, anything else as %XX"};
}

TableStation RailStationSettings::table_station() const {
  TableStation station{key, "rail", name, {}, {}, {}, {}, lines, {}};
  set_position(station, lat, lon);
  if (stop_sequence >= 0) {
    for (const std::string& line : lines) station.stop_sequence.emplace(line, stop_sequence);
  }
  return station;
}

void RailSettings::describe(SettingsVisitor& visitor) {
  visitor.text("stations_file", stations_file,
               "CSV file of the stations: station_id,name,lat,lon,line,stop_sequence, or the CTA's columns.");
  visitor.text("station_prefix", station_prefix, "Put before each station_id of that file.");
  visitor.boolean("arrivals", arrivals, "The stations have train sensors (topics with the word arrivals).");
  visitor.boolean("turnstiles", turnstiles, "The stations have turnstiles (topics with the word turnstile).");
  visitor.integer("report_interval_s", report_interval_s, {1, 86'400},
                  "A station with nothing to say is reported alive this often, as long as the hardware speaks at all.");
  visitor.list_of("station", stations, "A rail station.");
}

Result<RailStations> load_rail_stations(const RailSettings& settings) {
  RailStations stations;
  for (const auto& station : settings.stations) {
    const std::string id = station->station_id.empty() ? encode_station_id(station->key) : station->station_id;
    WAYSIDE_TRY(add(settings, station->table_station(), id, stations));
  }
  if (settings.stations_file.empty()) return stations;
  std::optional<Error> bad_row;
  auto table = read_station_file(settings.stations_file, "rail", [&](const std::string& why, const std::string& row) {
    if (!bad_row)
      bad_row = Error{"stations_file: " + why + " (got " + row + ")", "correct that line of " + settings.stations_file};
  });
  if (!table) return std::move(table).error();
  if (bad_row) return std::move(*bad_row);
  for (const TableStation& station : *table) {
    WAYSIDE_TRY(add(settings, station, encode_station_id(settings.station_prefix + station.key), stations));
  }
  return stations;
}

}  // namespace wayside::edge
