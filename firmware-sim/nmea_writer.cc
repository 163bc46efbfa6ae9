// An Airmar 110WX on a serial line, from real logs:
//
//   $WIMWV,270.5,R,0.2,N,A*21
//   $WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,*7F
//   $YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P,1.0012,B,STNP*49

#include "firmware-sim/nmea_writer.h"

#include <cstdio>
#include <cstdlib>

#include "firmware-sim/wire_fields.h"

namespace wayside::sim {
namespace {

constexpr Unit kBar{1000, 0};

/// Writes one number and notes what it says.
std::string say(WireFields& said, double contract_value, Unit unit, int decimals, const char* contract_name) {
  said.outdoor("", contract_value, unit, decimals, contract_name);
  return said.fields().back().text;
}

}  // namespace

unsigned nmea_checksum(std::string_view payload) {
  unsigned sum = 0;
  for (const char c : payload) sum ^= static_cast<unsigned char>(c);
  return sum;
}

std::string nmea_line(std::string_view payload) {
  char ending[8];
  std::snprintf(ending, sizeof ending, "*%02X\r\n", nmea_checksum(payload));
  return "$" + std::string(payload) + ending;
}

NmeaSentence nmea_mwv(const WeatherSample& weather, char reference, bool valid) {
  if (!valid) return {std::string("WIMWV,,") + reference + ",,N,V", "{}"};
  const bool relative = reference == 'R';
  WireFields said;
  std::string payload =
      "WIMWV," +
      say(said, weather.wind_from_deg, kSame, 1, relative ? "relative_wind_from_direction_deg" : "wind_from_direction_deg") +
      "," + reference + ",";
  payload += say(said, weather.wind_speed_m_s, kKnots, 1, relative ? "relative_wind_speed_m_s" : "wind_speed_m_s");
  return {payload + ",N,A", said.contract_values()};
}

NmeaSentence nmea_mda(const WeatherSample& weather) {
  WireFields said;
  std::string payload = "WIMDA," + say(said, weather.surface_pressure_hPa, kInchHg, 4, "") + ",I,";
  payload += say(said, weather.surface_pressure_hPa, kBar, 4, "surface_air_pressure_hPa") + ",B,";
  payload += say(said, weather.air_temperature_C, kSame, 1, "air_temperature_C") + ",C,,,";
  payload += say(said, weather.relative_humidity_pct, kSame, 1, "relative_humidity_pct") + ",,";
  payload += say(said, weather.dew_point_temperature_C, kSame, 1, "dew_point_temperature_C") + ",C,,,,,,,,";
  return {payload, said.contract_values()};
}

NmeaSentence nmea_xdr(const WeatherSample& weather) {
  WireFields said;
  const std::string bar = say(said, weather.surface_pressure_hPa, kBar, 4, "surface_air_pressure_hPa");
  return {"YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P," + bar + ",B,STNP", said.contract_values()};
}

}  // namespace wayside::sim
