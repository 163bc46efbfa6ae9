// Acurite bridge (smartHUB): the Weather Underground names in lower case, a sensor id beside the bridge's, no clock, and
// one request in seven small TCP segments 70 to 170 ms apart, of which the first ends inside the request line:
//
//   GET /weatherstation/updateweatherstation?dateutc=now&action=updateraw&realtime=1 | &id=24C86E06B15C&mt=5N1x31
//   &sensor=00002179 | &windspeedmph=0&winddir=113 | &rainin=0.00&dailyrainin=0.20&humidity=51&tempf=71.5 | &baromin=29.29
//   &battery=normal&rssi=2 |  HTTP/1.1\r\nHost:  | hubapi.myacurite.com\r\nUser-Agent: Hub/224 | \r\nConnection: close…
//
// The 5-in-1 sensor alternates between two messages: 5N1x31 (wind, direction, rain) and 5N1x38 (wind, humidity,
// temperature); the bridge adds its own station pressure to both, under the name that others use for sea level.

#include "firmware-sim/dialects/dialect.h"

namespace wayside::sim {
namespace {

constexpr const char* kSensor = "00003301";
constexpr std::int64_t kSegmentGapMs = 80;

WireFields measurements(const UploadInput& input, bool wind_and_rain) {
  const WeatherSample& w = input.weather;
  WireFields fields;
  fields.outdoor("windspeedmph", w.wind_speed_m_s, kMilesPerHour, 0, "wind_speed_m_s");
  if (wind_and_rain) {
    fields.outdoor("winddir", w.wind_from_deg, kSame, 0, "wind_from_direction_deg");
    fields.outdoor("rainin", w.rain.hour, kInch, 2);
    fields.outdoor("dailyrainin", w.rain.day, kInch, 2, "precipitation_total_mm");
  } else {
    fields.outdoor("humidity", w.relative_humidity_pct, kSame, 0, "relative_humidity_pct");
    fields.outdoor("tempf", w.air_temperature_C, kFahrenheit, 1, "air_temperature_C");
    fields.outdoor("dewptf", w.dew_point_temperature_C, kFahrenheit, 1, "dew_point_temperature_C");
  }
  fields.indoor("baromin", w.surface_pressure_hPa, kInchHg, 2, "surface_air_pressure_hPa");
  fields.apply(input.faults);
  corrupt_form(fields, input.faults);
  return fields;
}

}  // namespace

Upload write_acurite(const UploadInput& input) {
  const bool wind_and_rain = input.number % 2 == 0;
  const WireFields fields = measurements(input, wind_and_rain);
  const std::string form = fields.form("%20");
  // The bridge cuts between fields; where exactly does not matter to a receiver.
  const std::size_t cut = form.find('&', form.size() / 2);
  const std::size_t middle = cut == std::string::npos ? form.size() : cut;
  const std::string path = input.device.path.empty() ? "/weatherstation/updateweatherstation" : input.device.path;
  Upload upload;
  upload.segment_gap_ms = kSegmentGapMs;
  upload.contract_values = fields.contract_values();
  upload.segments = {
      "GET " + path + "?dateutc=now&action=updateraw&realtime=1",
      "&id=" + input.device.key + "&mt=" + (wind_and_rain ? "5N1x31" : "5N1x38") + "&sensor=" + kSensor,
      "&" + form.substr(0, middle),
      form.substr(middle) + "&battery=normal&rssi=2",
      " HTTP/1.1\r\nHost: ",
      input.device.host + "\r\nUser-Agent: Hub/224",
      "\r\nConnection: close\r\n\r\n",
  };
  return upload;
}

}  // namespace wayside::sim
