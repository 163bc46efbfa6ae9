// Proves the NMEA writer against sentences that a real Airmar 110WX has sent, as listed in the protocol notes.

#include "firmware-sim/nmea_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wayside::sim {
namespace {

WeatherSample documented_weather() {
  WeatherSample weather;
  weather.wind_from_deg = 270.5;
  weather.wind_speed_m_s = 0.2 * 1852 / 3600;
  weather.surface_pressure_hPa = 1001.2;
  weather.air_temperature_C = 20.7;
  weather.relative_humidity_pct = 54.2;
  weather.dew_point_temperature_C = 11.1;
  return weather;
}

TEST(NmeaWriter, sums_the_documented_sentences) {
  EXPECT_EQ(nmea_checksum("WIMWV,270.5,R,0.2,N,A"), 0x21u);
  EXPECT_EQ(nmea_checksum("WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,"), 0x7Fu);
  EXPECT_EQ(nmea_checksum("PAMTT,POST,0,0,0,0,0,,0,0,0,,,,,,,0,,,,,WX"), 0x7Bu);
  EXPECT_EQ(nmea_checksum("WIXDR,C,022.0,C,,"), 0x52u);
  EXPECT_EQ(nmea_checksum("WIXDR,C,35.2,C,2,U,28.3,N,0,U,28.6,V,1,U,3.520,V,2"), 0x7Fu);
}

TEST(NmeaWriter, writes_what_a_110WX_has_sent) {
  const WeatherSample weather = documented_weather();
  EXPECT_EQ(nmea_line(nmea_mwv(weather, 'R', true).payload), "$WIMWV,270.5,R,0.2,N,A*21\r\n");
  EXPECT_EQ(nmea_line(nmea_mda(weather).payload), "$WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,*7F\r\n");
  EXPECT_EQ(nmea_line(nmea_xdr(weather).payload), "$YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P,1.0012,B,STNP*49\r\n");
}

TEST(NmeaWriter, says_in_the_contracts_units_what_it_wrote) {
  const auto said = nlohmann::json::parse(nmea_mda(documented_weather()).contract_values);
  EXPECT_NEAR(said["surface_air_pressure_hPa"].get<double>(), 1001.2, 1e-9);
  EXPECT_EQ(said["air_temperature_C"], 20.7);
  const auto wind = nlohmann::json::parse(nmea_mwv(documented_weather(), 'T', true).contract_values);
  EXPECT_NEAR(wind["wind_speed_m_s"].get<double>(), 0.10289, 1e-5);
  EXPECT_EQ(wind["wind_from_direction_deg"], 270.5);
}

TEST(NmeaWriter, leaves_the_fields_of_a_void_sentence_empty) {
  const NmeaSentence sentence = nmea_mwv(documented_weather(), 'R', false);
  EXPECT_EQ(sentence.payload, "WIMWV,,R,,N,V");
  EXPECT_EQ(sentence.contract_values, "{}");
}

}  // namespace
}  // namespace wayside::sim
