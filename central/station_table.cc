#include "central/station_table.h"

#include <array>
#include <cmath>

#include "central/json_text.h"
#include "central/station_row.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// Streams whose values have columns; stream `loss` tells of numbers, not of the station.
constexpr std::array kColumnStreams{Stream::kBikeStatus, Stream::kWeather, Stream::kArrival, Stream::kTurnstile};

double metres(double distance) { return std::round(distance * 10) / 10; }

void append_hit(std::string& out, const StationHit& hit, UtcTime now) {
  append_row_open(out, *hit.station, now);
  if (hit.distance_m) {
    append_key(out, "distance_m");
    append_number(out, metres(*hit.distance_m));
  }
  out += '}';
}

std::string header_line() {
  std::string out = "station_id,kind,name,address,lat,lon,capacity,agent,state,age_s,distance_m";
  for (const Stream stream : kColumnStreams) {
    const std::string prefix = "," + std::string(to_text(stream)) + ".";
    out += prefix + "state" + prefix + "observed_at";
    for (const ValueField& field : value_fields(stream)) out.append(prefix).append(field.name);
  }
  return out.append(kCsvLineEnd);
}

void append_time_cell(std::string& out, std::optional<UtcTime> time) {
  if (time) out += format_rfc3339(*time);
}

/// Cells of one stream, each with a comma before it; empty ones where the station has no such stream.
void append_stream_cells(std::string& out, const BoardStream* stream, Stream kind) {
  out += ',';
  if (stream != nullptr) out += to_text(stream->state);
  out += ',';
  if (stream != nullptr) append_time_cell(out, stream->values.observed_at);
  for (const ValueField& field : value_fields(kind)) {
    out += ',';
    if (stream != nullptr) append_csv_json(out, stream->values.value(field.name));
  }
}

void append_line(std::string& out, const StationHit& hit, UtcTime now) {
  const BoardStation& station = *hit.station;
  const StationInfo* info = station.info.get();
  const auto text = [&](std::string_view cell) {
    append_csv(out, cell);
    out += ',';
  };
  const auto number = [&](std::optional<double> cell) {
    if (cell) append_number(out, *cell);
    out += ',';
  };
  text(station.id);
  text(station.kind());
  text(info != nullptr && !info->name.empty() ? info->name : station.id);
  text(info == nullptr ? std::string_view() : std::string_view(info->address));
  number(info == nullptr ? std::nullopt : info->lat);
  number(info == nullptr ? std::nullopt : info->lon);
  number(info != nullptr && info->capacity ? std::optional(static_cast<double>(*info->capacity)) : std::nullopt);
  text(station.agent);
  text(to_text(station.state));
  if (const BoardStream* newest = station.newest()) append_age(out, newest->values.observed_at, now);
  out += ',';
  if (hit.distance_m) append_number(out, metres(*hit.distance_m));
  for (const Stream stream : kColumnStreams) append_stream_cells(out, station.stream(stream), stream);
  out += kCsvLineEnd;
}

/// Flat, for programs that make a table of it: what a row says, and the values of its streams as `stream.field`.
void append_properties(std::string& out, const StationHit& hit, UtcTime now) {
  const BoardStation& station = *hit.station;
  const StationInfo& info = *station.info;
  const auto text = [&](std::string_view key, std::string_view value) {
    append_key(out, key);
    append_json_string(out, value);
  };
  out += '{';
  text("station_id", station.id);
  text("kind", station.kind());
  text("name", info.name.empty() ? station.id : info.name);
  if (!info.address.empty()) text("address", info.address);
  append_key(out, "capacity");
  info.capacity ? append_integer(out, *info.capacity) : void(out += "null");
  text("agent", station.agent);
  text("state", to_text(station.state));
  const BoardStream* newest = station.newest();
  append_key(out, "observed_at");
  append_time(out, newest == nullptr ? std::nullopt : newest->values.observed_at);
  append_key(out, "age_s");
  append_age(out, newest == nullptr ? std::nullopt : newest->values.observed_at, now);
  if (hit.distance_m) {
    append_key(out, "distance_m");
    append_number(out, metres(*hit.distance_m));
  }
  for (const BoardStream& stream : station.streams) {
    for (const StateField& field : stream.values.fields) {
      out.append(",\"").append(to_text(stream.values.stream)).append(".");
      out.append(field.name, 1, std::string::npos).append(":").append(field.value);
    }
  }
  out += '}';
}

std::string stations_json(const StationPage& page, UtcTime now) {
  std::string out = "{";
  append_key(out, "generated_at");
  append_time(out, now);
  append_key(out, "stations");
  out += '[';
  for (const StationHit& hit : page.hits) {
    append_comma(out);
    append_hit(out, hit, now);
  }
  out += ']';
  append_key(out, "next_cursor");
  page.next_cursor ? append_json_string(out, *page.next_cursor) : void(out += "null");
  return out += "}\n";
}

}  // namespace

std::string stations_text(const StationPage& page, ListFormat format, UtcTime now) {
  if (format == ListFormat::kJson) return stations_json(page, now);
  std::string out = format == ListFormat::kCsv ? header_line() : std::string();
  for (const StationHit& hit : page.hits) {
    if (format == ListFormat::kCsv) {
      append_line(out, hit, now);
    } else {
      append_hit(out, hit, now);
      out += '\n';
    }
  }
  return out;
}

std::string stations_geojson(const StationPage& page, UtcTime now) {
  std::string out = "{\"type\":\"FeatureCollection\",\"features\":[";
  for (const StationHit& hit : page.hits) {
    const BoardStation& station = *hit.station;
    if (station.info == nullptr || !station.info->lat) continue;
    append_comma(out);
    out += "{\"type\":\"Feature\"";
    append_key(out, "id");
    append_json_string(out, station.id);
    append_key(out, "geometry");
    out += "{\"type\":\"Point\",\"coordinates\":[";
    append_number(out, *station.info->lon);
    out += ',';
    append_number(out, *station.info->lat);
    out += "]}";
    append_key(out, "properties");
    append_properties(out, hit, now);
    out += '}';
  }
  return out += "]}\n";
}

}  // namespace wayside::central
