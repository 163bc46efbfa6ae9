// A line of `rtl_433 -F json`, one transmission each. The unit is the end of the field's name; `-C si` changes _F, _mi_h, _in
// and _inHg into _C, _km_h, _mm and _hPa, and both kinds are taken. [rtl_433 docs/DATA_FORMAT.md]
//
//   {"time" : "2026-11-20T08:11:33", "model" : "Fineoffset-WH24", "id" : 191, "battery_ok" : 1, "temperature_C" : 11.8,
//    "humidity" : 78, "wind_dir_deg" : 266, "wind_avg_m_s" : 1.12, "wind_max_m_s" : 2.24, "rain_mm" : 22.2, "uv" : 1, "uvi" : 0,
//    "light_lux" : 0.0, "mic" : "CRC"}
//
// `time` is not used: it is local unless told, and "@0.21s" when a recording is played; a line is printed when it is heard.
// `rain_…` counts since the sensor's last reset. A transmission with a bad checksum gives no line at all.
#include "edge/drivers/rtl_433_line.h"

#include <array>

#include "edge/drivers/json_line.h"

namespace wayside::edge {
namespace {

double times_thousand(double value) { return value * 1000; }
double hpa_from_kpa(double kpa) { return kpa * 10; }

struct RtlField {
  const char* name;
  std::string_view field;
  WeatherFields::Conversion convert;
};
/// Of two names of one field the later one wins: newer names stand below older ones (wind_speed was renamed in 2019).
constexpr std::array kFields{
    RtlField{"temperature_F", "air_temperature_C", celsius_from_fahrenheit},
    RtlField{"temperature_C", "air_temperature_C", nullptr},
    RtlField{"humidity", "relative_humidity_pct", nullptr},
    RtlField{"pressure_inHg", "surface_air_pressure_hPa", hpa_from_inch_hg},
    RtlField{"pressure_kPa", "surface_air_pressure_hPa", hpa_from_kpa},
    RtlField{"pressure_hPa", "surface_air_pressure_hPa", nullptr},
    RtlField{"wind_speed_mph", "wind_speed_m_s", m_s_from_mph},
    RtlField{"wind_speed_kph", "wind_speed_m_s", m_s_from_km_h},
    RtlField{"wind_speed_ms", "wind_speed_m_s", nullptr},
    RtlField{"wind_speed", "wind_speed_m_s", nullptr},
    RtlField{"wind_avg_mi_h", "wind_speed_m_s", m_s_from_mph},
    RtlField{"wind_avg_km_h", "wind_speed_m_s", m_s_from_km_h},
    RtlField{"wind_avg_m_s", "wind_speed_m_s", nullptr},
    RtlField{"gust_speed_mph", "wind_speed_of_gust_m_s", m_s_from_mph},
    RtlField{"gust_speed_ms", "wind_speed_of_gust_m_s", nullptr},
    RtlField{"wind_gust", "wind_speed_of_gust_m_s", nullptr},
    RtlField{"wind_max_mi_h", "wind_speed_of_gust_m_s", m_s_from_mph},
    RtlField{"wind_max_km_h", "wind_speed_of_gust_m_s", m_s_from_km_h},
    RtlField{"wind_max_m_s", "wind_speed_of_gust_m_s", nullptr},
    RtlField{"wind_direction", "wind_from_direction_deg", nullptr},
    RtlField{"wind_dir_deg", "wind_from_direction_deg", nullptr},
    RtlField{"rain_rate_in_h", "precipitation_rate_mm_h", mm_from_inch},
    RtlField{"rain_rate_mm_h", "precipitation_rate_mm_h", nullptr},
    RtlField{"light_klx", "illuminance_lx", times_thousand},
    RtlField{"light_lux", "illuminance_lx", nullptr},
    RtlField{"uv", "ultraviolet_index", nullptr},  // the index, but for Fineoffset-WH24, which has uvi beside it
    RtlField{"uvi", "ultraviolet_index", nullptr},
    RtlField{"pm2_5_ug_m3", "pm2p5_ug_m3", nullptr},
    RtlField{"pm10_ug_m3", "pm10_ug_m3", nullptr},
    RtlField{"pm10_0_ug_m3", "pm10_ug_m3", nullptr},
};

constexpr double kBatteryLowBelow = 0.2;  // battery_ok is 0 or 1, or a level between

/// An id: text or whole number, as text; false when it is neither.
bool read_id(const nlohmann::json& line, const char* name, std::string& out) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) return true;
  if (found->is_string()) {
    out = found->get<std::string>();
  } else if (found->is_number_integer()) {
    out = found->dump();
  } else {
    return false;
  }
  return out.size() <= 64;
}

void read_values(const nlohmann::json& line, RtlMessage& message) {
  for (const RtlField& field : kFields) {
    const auto found = line.find(field.name);
    if (found == line.end()) continue;
    if (found->is_number()) {
      const double value = found->get<double>();
      message.fields.set_number(field.field, field.convert == nullptr ? value : field.convert(value));
    } else if (found->is_string()) {
      message.fields.read_number(field.field, found->get<std::string>(), field.convert);
    }
  }
  for (const auto& [name, mm] : {std::pair("rain_mm", 1.0), std::pair("rain_in", 25.4)}) {
    const auto found = line.find(name);
    if (!message.rain && found != line.end() && found->is_number()) message.rain = RainTotal{name, found->get<double>() * mm};
  }
  if (const auto found = line.find("battery_ok"); found != line.end() && found->is_number()) {
    message.fields.set_flag("battery_low", found->get<double>() < kBatteryLowBelow);
  } else if (const auto old = line.find("battery"); old != line.end() && old->is_string()) {
    message.fields.set_flag("battery_low", old->get<std::string>() != "OK");
  }
}

}  // namespace

std::string_view to_text(RtlReason reason) {
  switch (reason) {
    case RtlReason::kTooLong: return "too_long";
    case RtlReason::kBadJson: return "bad_json";
    case RtlReason::kBadType: return "bad_type";
    case RtlReason::kNoModel: return "no_model";
    case RtlReason::kNoValues: return "no_values";
  }
  return "";
}

std::variant<RtlMessage, RtlReason> decode_rtl_433(std::string_view line) {
  const auto json = parse_json_object(line);
  if (!json) return RtlReason::kBadJson;
  RtlMessage message;
  if (!read_id(*json, "model", message.model) || !read_id(*json, "id", message.id) ||
      !read_id(*json, "channel", message.channel)) {
    return RtlReason::kBadType;
  }
  if (message.model.empty()) return RtlReason::kNoModel;
  read_values(*json, message);
  return message;
}

}  // namespace wayside::edge
