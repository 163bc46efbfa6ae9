// A line that a program prints, one reading each. `values` are the contract's fields of the stream (FORMAT.md).
//
//   {"station_id": "roof", "stream": "weather", "observed_at": "2026-11-20T08:11:33Z", "values": {"air_temperature_C": 7.5}}
//     optional where the        optional where     optional: now              required; {} says: alive, nothing new
//     source has one station    it has one stream
#include "edge/drivers/exec_line.h"

#include "edge/drivers/json_line.h"

namespace wayside::edge {
namespace {

/// The text of an optional field; false when it is no text.
bool read_text(const nlohmann::json& line, const char* name, std::string& out) {
  const auto found = line.find(name);
  if (found == line.end()) return true;
  if (!found->is_string()) return false;
  out = found->get<std::string>();
  return true;
}

}  // namespace

std::string_view to_text(ExecReason reason) {
  switch (reason) {
    case ExecReason::kTooLong: return "too_long";
    case ExecReason::kBadJson: return "bad_json";
    case ExecReason::kBadType: return "bad_type";
    case ExecReason::kUnknownStation: return "unknown_station";
    case ExecReason::kUnknownStream: return "unknown_stream";
    case ExecReason::kBadTime: return "bad_time";
    case ExecReason::kNoValues: return "no_values";
  }
  return "";
}

std::variant<ExecReading, ExecReason> decode_exec_line(std::string_view line) {
  const auto json = parse_json_object(line);
  if (!json) return ExecReason::kBadJson;
  ExecReading reading;
  std::string stream;
  std::string time;
  if (!read_text(*json, "station_id", reading.station_id) || !read_text(*json, "stream", stream) ||
      !read_text(*json, "observed_at", time)) {
    return ExecReason::kBadType;
  }
  if (json->contains("stream")) {
    reading.stream = parse_stream(stream);
    if (!reading.stream) return ExecReason::kUnknownStream;
  }
  if (json->contains("observed_at")) {
    reading.observed_at = parse_rfc3339(time);
    if (!reading.observed_at) return ExecReason::kBadTime;
  }
  const auto values = json->find("values");
  if (values == json->end()) return ExecReason::kNoValues;
  if (!values->is_object()) return ExecReason::kBadType;
  reading.values = values->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return reading;
}

}  // namespace wayside::edge
