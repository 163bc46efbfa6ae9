#include "central/station_row.h"

#include "central/json_fields.h"
#include "central/json_text.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  append_json_string(out, text);
}

/// The three times of a reading and, with `now`, its age; nulls before the first one.
void append_times(std::string& out, const StreamState* state, std::optional<UtcTime> now) {
  const bool known = state != nullptr && state->observed_at.has_value();
  // In a picture of the past it is not known when a reading came in: 0.
  const auto time = [&](std::string_view key, UtcTime value) {
    append_key(out, key);
    append_time(out, known && value.ms != 0 ? std::optional(value) : std::nullopt);
  };
  time("observed_at", known ? *state->observed_at : UtcTime{});
  time("received_at", known ? state->received_at : UtcTime{});
  time("stored_at", known ? state->stored_at : UtcTime{});
  if (!now) return;
  append_key(out, "age_s");
  append_age(out, known ? state->observed_at : std::nullopt, *now);
}

void append_place(std::string& out, const StationInfo* info) {
  const auto coordinate = [&](std::string_view key, std::optional<double> value) {
    append_key(out, key);
    value ? append_number(out, *value) : void(out += "null");
  };
  coordinate("lat", info == nullptr ? std::nullopt : info->lat);
  coordinate("lon", info == nullptr ? std::nullopt : info->lon);
  append_key(out, "capacity");
  info != nullptr && info->capacity ? append_integer(out, *info->capacity) : void(out += "null");
}

/// Where a rail station stands along its lines, as it was published; nothing where nobody has said so.
void append_places(std::string& out, const StationInfo* info) {
  if (info == nullptr || info->lines.empty()) return;
  std::vector<JsonField> fields;
  split_object(info->json, fields);
  for (const JsonField& field : fields) {
    if (field.name != R"("stop_sequence")" || !field.value.starts_with('{')) continue;
    std::vector<JsonField> places;
    split_object(field.value, places);
    append_key(out, "stop_sequence");
    out += join_object(places);
    return;
  }
}

void append_stream(std::string& out, const BoardStream& stream, std::optional<UtcTime> now) {
  append_key(out, to_text(stream.values.stream));
  out += '{';
  append_text(out, "state", to_text(stream.state));
  append_times(out, &stream.values, now);
  append_key(out, "report_interval_s");
  append_number(out, stream.report_interval_s);
  append_key(out, "clock");
  if (stream.values.observed_at) {
    append_json_string(out, to_text(stream.values.clock));
  } else {
    out += "null";
  }
  append_key(out, "values");
  out += stream.values.values_json();
  out += '}';
}

void append_fields(std::string& out, const BoardStation& station, std::optional<UtcTime> now) {
  out += '{';
  append_text(out, "station_id", station.id);
  append_text(out, "kind", station.kind());
  const bool named = station.info != nullptr && !station.info->name.empty();
  append_text(out, "name", named ? station.info->name : station.id);
  append_place(out, station.info.get());
  append_places(out, station.info.get());
  append_text(out, "agent", station.agent);
  append_text(out, "state", to_text(station.state));
  const BoardStream* newest = station.newest();
  append_times(out, newest == nullptr ? nullptr : &newest->values, now);
  append_key(out, "streams");
  out += '{';
  for (const BoardStream& stream : station.streams) append_stream(out, stream, now);
  out += '}';
}

}  // namespace

void append_row_open(std::string& out, const BoardStation& station, UtcTime now) { append_fields(out, station, now); }

void append_row(std::string& out, const BoardStation& station, UtcTime now) {
  append_row_open(out, station, now);
  out += '}';
}

std::string state_json(const BoardStation& station) {
  std::string out;
  append_fields(out, station, std::nullopt);
  return out += '}';
}

}  // namespace wayside::central
