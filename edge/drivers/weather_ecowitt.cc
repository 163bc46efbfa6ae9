// POST /data/report/
// PASSKEY=<32 hex>&stationtype=GW2000A_V2.1.5&dateutc=2022-07-15+15:26:14&tempf=87.08&humidity=34
//   &baromrelin=27.885&baromabsin=27.885&winddir=289&windspeedmph=2.91&windgustmph=3.13&solarradiation=530.62&uv=4
//   &rainratein=0.000&dailyrainin=0.000&…&yearlyrainin=3.909   tipping bucket
//   &rrain_piezo=0.000&drain_piezo=0.075&…&yrain_piezo=4.114   haptic sensor (WS90); both may be there
//   °F, inHg, mph, inch by the names. Some sets write metric numbers under the same names (recorded: baromabsin=837.793):
//   the barometer tells, since no place on earth has 300 inHg and none has under 300 hPa. Then °C, hPa, km/h, mm.
//   Rain: the bucket is the reference gauge; the haptic sensor counts where there is no bucket. Of a gauge the
//   longest-running total. `hourlyrainin` is a rolling hour: no counter.
//   Batteries differ by sensor; `wh65batt` (0 ok, 1 low) is the only one whose threshold the frame itself says.
//   `pm25_ch1` is taken as outdoors; indoor and multi-channel sensors are left out.
#include "edge/drivers/weather_ecowitt.h"

namespace wayside::edge {
namespace {

bool is_metric(const UploadForm& form) {
  constexpr double kInchHgMax = 300;
  return form.number("baromabsin").value_or(0) >= kInchHgMax || form.number("baromrelin").value_or(0) >= kInchHgMax;
}

std::optional<RainTotal> rain_total(const UploadForm& form, double mm_per_unit) {
  auto bucket = longest_rain_total(form, {{"totalrainin", mm_per_unit},
                                          {"yearlyrainin", mm_per_unit},
                                          {"monthlyrainin", mm_per_unit},
                                          {"weeklyrainin", mm_per_unit},
                                          {"eventrainin", mm_per_unit},
                                          {"dailyrainin", mm_per_unit}});
  if (bucket) return bucket;
  return longest_rain_total(form, {{"yrain_piezo", mm_per_unit},
                                   {"mrain_piezo", mm_per_unit},
                                   {"wrain_piezo", mm_per_unit},
                                   {"erain_piezo", mm_per_unit},
                                   {"drain_piezo", mm_per_unit}});
}

/// The rate of the gauge whose total is sent.
std::string_view rain_rate(const UploadForm& form, const std::optional<RainTotal>& rain) {
  const bool haptic = rain && rain->counter.ends_with("_piezo");
  return haptic || !form.has("rainratein") ? form.text("rrain_piezo") : form.text("rainratein");
}

}  // namespace

DecodedUpload decode_ecowitt(const UploadForm& form) {
  WeatherUpload upload;
  if (form.text("PASSKEY").empty()) return FrameRefusal{FrameReason::kBadRequest, "no PASSKEY"};
  upload.keys.emplace_back(form.text("PASSKEY"));
  upload.key_is_secret = true;
  read_device_time(form.text("dateutc"), upload);

  const bool metric = is_metric(form);
  const auto temperature = metric ? nullptr : celsius_from_fahrenheit;
  const auto pressure = metric ? nullptr : hpa_from_inch_hg;
  const auto speed = metric ? m_s_from_km_h : m_s_from_mph;
  WeatherFields& fields = upload.fields;
  fields.read_number("air_temperature_C", form.text("tempf"), temperature);
  fields.read_number("relative_humidity_pct", form.text("humidity"));
  fields.read_number("air_pressure_at_mean_sea_level_hPa", form.text("baromrelin"), pressure);
  fields.read_number("surface_air_pressure_hPa", form.text("baromabsin"), pressure);
  fields.read_number("wind_speed_m_s", form.text("windspeedmph"), speed);
  fields.read_number("wind_from_direction_deg", form.text("winddir"));
  fields.read_number("wind_speed_of_gust_m_s", form.text("windgustmph"), speed);
  fields.read_number("solar_irradiance_W_m2", form.text("solarradiation"));
  fields.read_number("ultraviolet_index", form.text("uv"));
  fields.read_number("pm2p5_ug_m3", form.text("pm25_ch1"));
  if (const auto low = form.number("wh65batt")) fields.set_flag("battery_low", *low != 0);
  upload.rain = rain_total(form, metric ? 1 : 25.4);
  fields.read_number("precipitation_rate_mm_h", rain_rate(form, upload.rain), metric ? nullptr : mm_from_inch);
  return upload;
}

}  // namespace wayside::edge
