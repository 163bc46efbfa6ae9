#include "firmware-sim/dialects/dialect.h"

#include <array>

namespace wayside::sim {
namespace {

bool says_success(int status, std::string_view body) { return status == 200 && body.starts_with("success"); }
bool is_200(int status, std::string_view) { return status == 200; }
bool is_2xx(int status, std::string_view) { return status >= 200 && status < 300; }

constexpr std::array<Dialect, 7> kDialects{{
    {"wu", "Weather Underground upload of a console (GET, °F, inHg, mph)", "KPOST1", write_wunderground, says_success, 1},
    {"wu-metric", "the HP1001's metric dialect of the same (GET .asp, °C, hPa, km/h, HTTP/1.0)", "KPOST2",
     write_wunderground_metric, says_success, 1},
    {"acurite", "Acurite bridge: the same with other names, in 7 TCP segments", "24C86E0A0003", write_acurite, is_200, 1},
    {"ecowitt", "Ecowitt customized upload (POST form); repeats what is not answered with 200",
     "8F2D0C11A94E4B7C9D35E60712AB43F0", write_ecowitt, is_200, 3},
    {"airrohr", "Sensor.Community airRohr (POST JSON, numbers as text, pressure in Pa)", "esp8266-12331981", write_airrohr,
     is_2xx, 1},
    {"kafka-rest", "Kafka REST proxy v2, JSON envelope (°F and a word for the sky)", "topics/weather", write_kafka_rest_json,
     is_200, 1},
    {"kafka-rest-avro", "the same in the Avro envelope with its schemas", "topics/weather", write_kafka_rest_avro, is_200, 1},
}};

}  // namespace

std::span<const Dialect> dialects() { return kDialects; }

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect& dialect : kDialects) {
    if (name == dialect.name) return &dialect;
  }
  return nullptr;
}

std::string dialect_names() {
  std::string names;
  for (const Dialect& dialect : kDialects) names += (names.empty() ? "" : ", ") + std::string(dialect.name);
  return names;
}

std::optional<DateStyle> parse_date_style(std::string_view text) {
  if (text == "habit") return DateStyle::kHabit;
  if (text == "padded") return DateStyle::kPadded;
  if (text == "unpadded") return DateStyle::kUnpadded;
  if (text == "now") return DateStyle::kNow;
  return std::nullopt;
}

std::string utc_date(UtcTime time, bool padded) {
  std::string text = format_rfc3339(time).substr(0, 19);
  text[10] = ' ';
  if (padded) return text;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // The zero in front of a one-digit part; the year has none.
    const bool leading = text[i] == '0' && i > 4 && (text[i - 1] == '-' || text[i - 1] == ' ' || text[i - 1] == ':');
    if (!leading) plain += text[i];
  }
  return plain;
}

void corrupt_form(WireFields& fields, Faults& faults) {
  if (faults.strikes(Fault::kCorrupt)) fields.damage(faults.random());
}

std::string corrupt_json(std::string body, Faults& faults) {
  if (!faults.strikes(Fault::kCorrupt)) return body;
  return body.substr(0, body.size() / 4 + faults.random().below(body.size() / 2));
}

}  // namespace wayside::sim
