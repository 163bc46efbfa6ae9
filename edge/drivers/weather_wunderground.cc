// GET /weatherstation/updateweatherstation.php?ID=KPOST1&PASSWORD=…&dateutc=2016-1-4%2021:2:35&action=updateraw
//     &tempf=43.3&humidity=98&dewptf=42.8&winddir=129&windspeedmph=0.00&windgustmph=0.00
//     &dailyrainin=0.04&yearlyrainin=0.91&solarradiation=0.00&UV=0&baromin=29.05&lowbatt=0
//   °F, %, degrees, mph, inch, W/m², inHg. `baromin` is sea level, `absbaromin` the station's.
//   `rainin` is rain of the last hour, not a rate and not a counter: left out.
//   Source: Weather Underground PWS upload protocol (2019), weewx restx.py, recorded uploads.
//
// The metric dialect has other names for the same: outtemp, outhumi, dewpoint, windspeed, relbaro, absbaro, rainrate,
// dailyrain …: °C, %, hPa, mm, mm/h, lux. All recorded samples have windspeed 0.0; weewx-interceptor and FHEM's HP1000
// module, both in long use with this hardware, read windspeed and windgust as km/h, and so do we. Its `UV` is no index
// (samples: 38 and 919, which is µW/cm²): left out, since a low value of it would pass for an index.
//
// The Acurite bridge adds mt, sensor, battery and writes `id` in lower case; one bridge forwards several sensors, each
// with a part of the values. Its `baromin` is the bridge's own station pressure (weewx-interceptor, LABEL_MAP).
#include "edge/drivers/weather_wunderground.h"

namespace wayside::edge {
namespace {

struct FieldRule {
  std::string_view name;
  std::string_view field;
  WeatherFields::Conversion convert;
};

constexpr FieldRule kImperial[] = {
    {"tempf", "air_temperature_C", celsius_from_fahrenheit},
    {"humidity", "relative_humidity_pct", nullptr},
    {"dewptf", "dew_point_temperature_C", celsius_from_fahrenheit},
    {"absbaromin", "surface_air_pressure_hPa", hpa_from_inch_hg},
    {"windspeedmph", "wind_speed_m_s", m_s_from_mph},
    {"winddir", "wind_from_direction_deg", nullptr},
    {"windgustmph", "wind_speed_of_gust_m_s", m_s_from_mph},
    {"solarradiation", "solar_irradiance_W_m2", nullptr},
    {"UV", "ultraviolet_index", nullptr},
    {"AqPM2.5", "pm2p5_ug_m3", nullptr},
    {"AqPM10", "pm10_ug_m3", nullptr},
};

constexpr FieldRule kMetric[] = {
    {"outtemp", "air_temperature_C", nullptr},        {"outhumi", "relative_humidity_pct", nullptr},
    {"dewpoint", "dew_point_temperature_C", nullptr}, {"relbaro", "air_pressure_at_mean_sea_level_hPa", nullptr},
    {"absbaro", "surface_air_pressure_hPa", nullptr}, {"windspeed", "wind_speed_m_s", m_s_from_km_h},
    {"winddir", "wind_from_direction_deg", nullptr},  {"windgust", "wind_speed_of_gust_m_s", m_s_from_km_h},
    {"rainrate", "precipitation_rate_mm_h", nullptr}, {"light", "illuminance_lx", nullptr},
};

template <std::size_t N>
void read_fields(const UploadForm& form, const FieldRule (&rules)[N], WeatherFields& fields) {
  for (const FieldRule& rule : rules) fields.read_number(rule.field, form.text(rule.name), rule.convert);
}

bool is_metric(const UploadForm& form) {
  return !form.has("tempf") && (form.has("outtemp") || form.has("outhumi") || form.has("relbaro") || form.has("absbaro"));
}

bool is_acurite(const UploadForm& form) { return form.has("mt") && form.has("id"); }

/// Firmware whose `baromin` is the station's pressure (weewx-interceptor), and the Acurite bridge.
bool baromin_is_station_pressure(const UploadForm& form) {
  const std::string_view firmware = form.text("softwaretype");
  return is_acurite(form) || firmware == "WH2600GEN_V2.2.5" || firmware == "WH2650A_V1.2.1";
}

void read_battery(const UploadForm& form, WeatherFields& fields) {
  if (form.has("battery")) fields.set_flag("battery_low", form.text("battery") != "normal");
  if (const auto low = form.number("lowbatt")) fields.set_flag("battery_low", *low != 0);
}

void name_device(const UploadForm& form, WeatherUpload& upload) {
  if (is_acurite(form)) {
    const std::string bridge(form.text("id"));
    if (form.has("sensor")) upload.keys.push_back(bridge + "/" + std::string(form.text("sensor")));
    upload.keys.push_back(bridge);
  }
  if (!form.text("ID").empty()) upload.keys.emplace_back(form.text("ID"));
  upload.password = form.text("PASSWORD");
}

}  // namespace

DecodedUpload decode_wunderground(const UploadForm& form) {
  WeatherUpload upload;
  name_device(form, upload);
  if (upload.keys.empty() || upload.keys.back().empty()) return FrameRefusal{FrameReason::kBadRequest, "no ID"};
  read_device_time(form.text("dateutc"), upload);
  if (is_metric(form)) {
    read_fields(form, kMetric, upload.fields);
  } else {
    read_fields(form, kImperial, upload.fields);
    const std::string_view baromin =
        baromin_is_station_pressure(form) ? "surface_air_pressure_hPa" : "air_pressure_at_mean_sea_level_hPa";
    upload.fields.read_number(baromin, form.text("baromin"), hpa_from_inch_hg);
  }
  read_battery(form, upload.fields);
  upload.rain = longest_rain_total(form, {{"totalrainin", 25.4},
                                          {"yearlyrainin", 25.4},
                                          {"monthlyrainin", 25.4},
                                          {"weeklyrainin", 25.4},
                                          {"dailyrainin", 25.4},
                                          {"yearlyrain", 1},
                                          {"monthlyrain", 1},
                                          {"weeklyrain", 1},
                                          {"dailyrain", 1}});
  // Each sensor behind a bridge counts its own rain.
  if (upload.rain && is_acurite(form)) upload.rain->counter += "." + std::string(form.text("sensor").substr(0, 16));
  return upload;
}

}  // namespace wayside::edge
