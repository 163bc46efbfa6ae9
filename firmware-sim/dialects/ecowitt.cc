// Ecowitt "customized upload": a POST form, always in imperial units, blanks as '+'. PASSKEY (MD5 of the MAC) says who.
//
//   PASSKEY=…&stationtype=GW2000A_V2.1.5&runtime=188738&dateutc=2022-07-15+15:26:14&tempinf=78.80&humidityin=53
//   &baromrelin=27.885&baromabsin=27.885&tempf=87.08&humidity=34&winddir=289&windspeedmph=2.91&…&freq=868M&model=GW2000A
//
// Answer: 200; the gateway sends again what is answered otherwise.

#include "firmware-sim/dialects/dialect.h"

namespace wayside::sim {

Upload write_ecowitt(const UploadInput& input) {
  const WeatherSample& w = input.weather;
  const bool now = input.device.dates == DateStyle::kNow;
  WireFields fields;
  fields.text("PASSKEY", input.device.key);
  fields.text("stationtype", "GW2000A_V2.1.5");
  fields.text("runtime", std::to_string(188'738 + input.number * 60));
  fields.text("dateutc", now ? "now" : utc_date(input.device_now, input.device.dates != DateStyle::kUnpadded));
  fields.indoor("tempinf", w.indoor_temperature_C, kFahrenheit, 2);
  fields.indoor("humidityin", w.indoor_humidity_pct, kSame, 0);
  fields.indoor("baromrelin", w.sea_level_pressure_hPa, kInchHg, 3, "air_pressure_at_mean_sea_level_hPa");
  fields.indoor("baromabsin", w.surface_pressure_hPa, kInchHg, 3, "surface_air_pressure_hPa");
  fields.outdoor("tempf", w.air_temperature_C, kFahrenheit, 2, "air_temperature_C");
  fields.outdoor("humidity", w.relative_humidity_pct, kSame, 0, "relative_humidity_pct");
  fields.outdoor("winddir", w.wind_from_deg, kSame, 0, "wind_from_direction_deg");
  fields.outdoor("windspeedmph", w.wind_speed_m_s, kMilesPerHour, 2, "wind_speed_m_s");
  fields.outdoor("windgustmph", w.wind_gust_m_s, kMilesPerHour, 2, "wind_speed_of_gust_m_s");
  fields.outdoor("maxdailygust", w.wind_gust_m_s + 3, kMilesPerHour, 2);
  fields.outdoor("solarradiation", w.solar_W_m2, kSame, 2, "solar_irradiance_W_m2");
  fields.outdoor("uv", w.uv_index, kSame, 0, "ultraviolet_index");
  fields.outdoor("rainratein", w.rain_rate_mm_h, kInch, 3, "precipitation_rate_mm_h");
  fields.outdoor("eventrainin", w.rain.hour, kInch, 3);
  fields.outdoor("hourlyrainin", w.rain.hour, kInch, 3);
  fields.outdoor("dailyrainin", w.rain.day, kInch, 3);
  fields.outdoor("weeklyrainin", w.rain.week, kInch, 3);
  fields.outdoor("monthlyrainin", w.rain.month, kInch, 3);
  fields.indoor("yearlyrainin", w.rain.year, kInch, 3, "precipitation_total_mm");
  fields.text("wh65batt", "0");
  fields.text("freq", "868M");
  fields.text("model", "GW2000A");
  fields.text("interval", "60");
  fields.apply(input.faults);
  corrupt_form(fields, input.faults);
  const std::string body = fields.form("+");
  Upload upload;
  if (!now) upload.observed_at = UtcTime::from_seconds(input.device_now.seconds());
  upload.contract_values = fields.contract_values();
  upload.segments = {"POST " + (input.device.path.empty() ? "/data/report/" : input.device.path) +
                         " HTTP/1.1\r\nHost: " + input.device.host +
                         "\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                         std::to_string(body.size()) + "\r\n\r\n",
                     body};
  return upload;
}

}  // namespace wayside::sim
