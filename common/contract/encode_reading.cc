// Readings and loss statements as JSON text; their way back is in reading.cc.
#include <array>

#include "common/contract/reading.h"

namespace wayside {
namespace {

constexpr std::array<std::string_view, 4> kClockTexts{"synced", "trust", "dated", "unknown"};

}  // namespace

std::string_view to_text(ClockQuality quality) { return kClockTexts[static_cast<std::size_t>(quality)]; }

std::optional<ClockQuality> parse_clock_quality(std::string_view text) {
  for (std::size_t i = 0; i < kClockTexts.size(); ++i) {
    if (kClockTexts[i] == text) return static_cast<ClockQuality>(i);
  }
  return std::nullopt;
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_reading(std::string& out, const Reading& reading) {
  out += "{\"station_id\":";
  append_json_string(out, reading.station_id);
  out.append(",\"stream\":\"").append(to_text(reading.stream)).append("\"");
  if (reading.numbered()) {
    out.append(",\"epoch\":");
    append_json_string(out, reading.epoch);
    out.append(",\"seq\":").append(std::to_string(reading.seq));
  }
  out.append(",\"observed_at\":\"").append(format_rfc3339(reading.observed_at));
  out.append("\",\"clock\":\"").append(to_text(reading.clock));
  out.append("\",\"values\":").append(reading.values).append("}");
}

std::string encode_reading(const Reading& reading) {
  std::string out;
  out.reserve(160 + reading.values.size());
  append_reading(out, reading);
  return out;
}

std::string encode_loss(const LossStatement& loss) {
  std::string out = "{\"epoch\":";
  append_json_string(out, loss.epoch);
  out += ",\"ranges\":[";
  for (std::size_t i = 0; i < loss.ranges.size(); ++i) {
    if (i > 0) out += ',';
    out.append("[").append(std::to_string(loss.ranges[i].first)).append(",");
    out.append(std::to_string(loss.ranges[i].last)).append("]");
  }
  out += "],\"reason\":";
  append_json_string(out, loss.reason);
  return out.append(",\"last_seq\":").append(std::to_string(loss.last_seq)).append("}");
}

}  // namespace wayside
