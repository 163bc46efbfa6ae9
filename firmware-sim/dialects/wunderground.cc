// Weather Underground personal weather station upload: one GET, the values in its query.
//
//   GET /weatherstation/updateweatherstation.php?ID=XXXX&PASSWORD=XXXX&tempf=43.3&humidity=98&…&baromin=29.05&lowbatt=0
//       &dateutc=2016-1-4%2021:2:35&softwaretype=Weather%20logger%20V2.1.9&action=updateraw&realtime=1&rtfreq=5
//
// A console of the Fine Offset family (ObserverIP) writes its dates without leading zeros. The HP1001 writes other
// names in metric units (rain in mm, wind in km/h) to a path that ends in .asp, with HTTP/1.0.
// Answer: the text `success`.

#include "firmware-sim/dialects/dialect.h"

namespace wayside::sim {
namespace {

constexpr const char* kBlank = "%20";

/// Adds dateutc; returns the moment it names.
std::optional<UtcTime> add_date(WireFields& fields, const UploadInput& input) {
  if (input.device.dates == DateStyle::kNow) {
    fields.text("dateutc", "now");
    return std::nullopt;
  }
  fields.text("dateutc", utc_date(input.device_now, input.device.dates == DateStyle::kPadded));
  return UtcTime::from_seconds(input.device_now.seconds());
}

WireFields login(const DeviceIdentity& device) {
  WireFields fields;
  fields.text("ID", device.key);
  fields.text("PASSWORD", device.password);
  return fields;
}

void finish(WireFields& fields, const UploadInput& input, const char* software) {
  fields.text("softwaretype", software);
  fields.text("action", "updateraw");
  fields.text("realtime", "1");
  fields.text("rtfreq", "5");
  fields.apply(input.faults);
  corrupt_form(fields, input.faults);
}

std::string path_or(const DeviceIdentity& device, const char* own) { return device.path.empty() ? own : device.path; }

}  // namespace

Upload write_wunderground(const UploadInput& input) {
  const WeatherSample& w = input.weather;
  WireFields fields = login(input.device);
  fields.outdoor("tempf", w.air_temperature_C, kFahrenheit, 1, "air_temperature_C");
  fields.outdoor("humidity", w.relative_humidity_pct, kSame, 0, "relative_humidity_pct");
  fields.outdoor("dewptf", w.dew_point_temperature_C, kFahrenheit, 1, "dew_point_temperature_C");
  fields.outdoor("windchillf", w.air_temperature_C, kFahrenheit, 1);
  fields.outdoor("winddir", w.wind_from_deg, kSame, 0, "wind_from_direction_deg");
  fields.outdoor("windspeedmph", w.wind_speed_m_s, kMilesPerHour, 2, "wind_speed_m_s");
  fields.outdoor("windgustmph", w.wind_gust_m_s, kMilesPerHour, 2, "wind_speed_of_gust_m_s");
  fields.indoor("rainin", w.rain.hour, kInch, 2);
  fields.indoor("dailyrainin", w.rain.day, kInch, 2);
  fields.indoor("weeklyrainin", w.rain.week, kInch, 2);
  fields.indoor("monthlyrainin", w.rain.month, kInch, 2);
  fields.indoor("yearlyrainin", w.rain.year, kInch, 2, "precipitation_total_mm");
  fields.outdoor("solarradiation", w.solar_W_m2, kSame, 2, "solar_irradiance_W_m2");
  fields.outdoor("UV", w.uv_index, kSame, 0, "ultraviolet_index");
  fields.indoor("indoortempf", w.indoor_temperature_C, kFahrenheit, 1);
  fields.indoor("indoorhumidity", w.indoor_humidity_pct, kSame, 0);
  fields.indoor("baromin", w.sea_level_pressure_hPa, kInchHg, 2, "air_pressure_at_mean_sea_level_hPa");
  fields.text("lowbatt", "0");
  Upload upload;
  upload.observed_at = add_date(fields, input);
  finish(fields, input, "Weather logger V2.1.9");
  upload.contract_values = fields.contract_values();
  upload.segments = {"GET " + path_or(input.device, "/weatherstation/updateweatherstation.php") + "?" + fields.form(kBlank) +
                     " HTTP/1.1\r\nHost: " + input.device.host + "\r\nConnection: close\r\n\r\n"};
  return upload;
}

Upload write_wunderground_metric(const UploadInput& input) {
  const WeatherSample& w = input.weather;
  WireFields fields = login(input.device);
  fields.indoor("intemp", w.indoor_temperature_C, kSame, 1);
  fields.outdoor("outtemp", w.air_temperature_C, kSame, 1, "air_temperature_C");
  fields.outdoor("dewpoint", w.dew_point_temperature_C, kSame, 1, "dew_point_temperature_C");
  fields.outdoor("windchill", w.air_temperature_C, kSame, 1);
  fields.indoor("inhumi", w.indoor_humidity_pct, kSame, 0);
  fields.outdoor("outhumi", w.relative_humidity_pct, kSame, 0, "relative_humidity_pct");
  fields.outdoor("windspeed", w.wind_speed_m_s, kKilometresPerHour, 1, "wind_speed_m_s");
  fields.outdoor("windgust", w.wind_gust_m_s, kKilometresPerHour, 1, "wind_speed_of_gust_m_s");
  fields.outdoor("winddir", w.wind_from_deg, kSame, 0, "wind_from_direction_deg");
  fields.indoor("absbaro", w.surface_pressure_hPa, kSame, 1, "surface_air_pressure_hPa");
  fields.indoor("relbaro", w.sea_level_pressure_hPa, kSame, 1, "air_pressure_at_mean_sea_level_hPa");
  fields.indoor("rainrate", w.rain_rate_mm_h, kSame, 1, "precipitation_rate_mm_h");
  fields.indoor("dailyrain", w.rain.day, kSame, 1);
  fields.indoor("weeklyrain", w.rain.week, kSame, 1);
  fields.indoor("monthlyrain", w.rain.month, kSame, 1);
  fields.indoor("yearlyrain", w.rain.year, kSame, 1, "precipitation_total_mm");
  fields.outdoor("light", w.solar_W_m2 * 126.7, kSame, 1, "illuminance_lx");
  Upload upload;
  upload.observed_at = add_date(fields, input);
  finish(fields, input, "HP1001 V2.2.2");
  upload.contract_values = fields.contract_values();
  upload.segments = {"GET " + path_or(input.device, "/weatherstation/updateweatherstation.asp") + "?" + fields.form(kBlank) +
                     " HTTP/1.0\r\nHost: " + input.device.host + "\r\n\r\n"};
  return upload;
}

}  // namespace wayside::sim
