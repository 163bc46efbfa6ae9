// Proves frame checks and weather sentences of NMEA 0183, and how the sentences of an interval become one reading.
#include <gtest/gtest.h>

#include "edge/drivers/nmea_sentence.h"
#include "edge/drivers/nmea_weather.h"
#include "edge/drivers/nmea_window.h"
#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

/// `$body*HH`.
std::string sentence(const std::string& body) {
  int sum = 0;
  for (const char c : body) sum ^= static_cast<unsigned char>(c);
  char end[4];
  std::snprintf(end, sizeof end, "*%02X", static_cast<unsigned>(sum));
  return "$" + body + end;
}

std::string refusal(const std::string& line, bool checksum_required = true, const NmeaMount& mount = {}) {
  const auto parsed = parse_nmea(line, checksum_required);
  if (const auto* reason = std::get_if<LineReason>(&parsed)) return std::string(to_text(*reason));
  const auto decoded = decode_nmea_weather(std::get<NmeaSentence>(parsed), mount);
  const auto* reason = std::get_if<LineReason>(&decoded);
  return reason == nullptr ? "" : std::string(to_text(*reason));
}

NmeaValues decode(const std::string& body, const NmeaMount& mount = {}) {
  const std::string line = sentence(body);
  const auto parsed = parse_nmea(line, true);
  const auto decoded = decode_nmea_weather(std::get<NmeaSentence>(parsed), mount);
  EXPECT_TRUE(std::holds_alternative<NmeaValues>(decoded)) << body;
  return std::holds_alternative<NmeaValues>(decoded) ? std::get<NmeaValues>(decoded) : NmeaValues{};
}

std::string values(const std::vector<std::string>& bodies, const NmeaMount& mount = {}) {
  NmeaWindow window;
  for (const std::string& body : bodies) window.add(decode(body, mount));
  return window.take().json();
}

TEST(NmeaSentence, accepts_the_documented_examples) {
  for (const char* line :
       {"$WIMWV,270.5,R,0.2,N,A*21", "$WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,*7F",
        "$YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P,1.0012,B,STNP*49", "$PAMTT,POST,0,0,0,0,0,,0,0,0,,,,,,,0,,,,,WX*7B",
        "$WIXDR,C,022.0,C,,*52", "$WIXDR,C,35.2,C,2,U,28.3,N,0,U,28.6,V,1,U,3.520,V,2*7F"}) {
    EXPECT_EQ(refusal(line), "") << line;
  }
}

TEST(NmeaSentence, refuses_damage_with_its_reason) {
  EXPECT_EQ(refusal("$WIMWV,270.5,R,0.3,N,A*21"), "bad_checksum");
  EXPECT_EQ(refusal("$WIMWV,270.5,R,0.2,N,A*2"), "bad_checksum");
  EXPECT_EQ(refusal("$WIMWV,270.5,R,0.2,N,A*2G"), "bad_checksum");
  EXPECT_EQ(refusal("$WIMWV,270.5,R,0.2,N,A"), "no_checksum");
  EXPECT_EQ(refusal("$WIMWV,270.5,R,0.2,N,A", false), "");
  EXPECT_EQ(refusal("$WIMWV,270.5,R,0.3,N,A*21", false), "bad_checksum");
  EXPECT_EQ(refusal("WIMWV,224.8,R,0.3,N,A*2C"), "not_nmea");
  EXPECT_EQ(refusal("13:01:21.858: <- $PAMTR,INFO*78"), "not_nmea");
  EXPECT_EQ(refusal("Copyright (C) 2005-2017"), "not_nmea");
  EXPECT_EQ(refusal("$WIMWV\xff,1*00"), "not_nmea");
  EXPECT_EQ(refusal(""), "not_nmea");
  EXPECT_EQ(refusal(sentence("MWV,1,2")), "not_nmea");
  EXPECT_EQ(refusal("$" + std::string(200, 'A')), "too_long");
}

TEST(NmeaWeather, converts_the_four_speed_units) {
  EXPECT_NEAR(decode("WIMWV,90.0,R,10.0,N,A").wind->speed_m_s, 5.1444, 1e-4);  // 10 * 1852 / 3600
  EXPECT_NEAR(decode("WIMWV,90.0,R,36.0,K,A").wind->speed_m_s, 10, 1e-9);
  EXPECT_NEAR(decode("WIMWV,90.0,R,10.0,M,A").wind->speed_m_s, 10, 1e-9);
  EXPECT_NEAR(decode("WIMWV,90.0,R,10.0,S,A").wind->speed_m_s, 4.4704, 1e-9);
  EXPECT_EQ(refusal(sentence("WIMWV,90.0,R,10.0,X,A")), "unknown_unit");
}

TEST(NmeaWeather, refuses_void_and_senseless_wind) {
  EXPECT_EQ(refusal(sentence("WIMWV,90.0,R,10.0,N,V")), "void_status");
  EXPECT_EQ(refusal(sentence("WIMWV,90.0,R,10.0,N")), "void_status");
  EXPECT_EQ(refusal(sentence("WIMWV,east,R,10.0,N,A")), "not_a_number");
  EXPECT_EQ(refusal(sentence("WIMWV,361.0,R,10.0,N,A")), "out_of_range");
  EXPECT_EQ(refusal(sentence("WIMWV,90.0,R,999.0,M,A")), "out_of_range");
  EXPECT_FALSE(decode("WIMWV,,R,,N,A").wind);
  EXPECT_FALSE(decode("WIMWV,,R,1.0,N,A").wind->from_deg);
}

TEST(NmeaWeather, turns_the_angle_of_a_fixed_mast_to_north) {
  EXPECT_DOUBLE_EQ(*decode("WIMWV,350.0,R,10.0,M,A", {true, 20}).wind->from_deg, 10);
  EXPECT_DOUBLE_EQ(*decode("WIMWV,5.0,T,10.0,M,A", {true, -10}).wind->from_deg, 355);
}

TEST(NmeaWeather, keeps_the_wind_of_a_moving_mast_relative) {
  const NmeaMount boat{false, 0};
  expect_values(values({"WIMWV,350.0,R,10.0,M,A"}, boat),
                {{"relative_wind_speed_m_s", 10.0}, {"relative_wind_from_direction_deg", 350.0}});
  expect_values(values({"WIMWV,350.0,T,8.0,M,A"}, boat), {{"wind_speed_m_s", 8.0}});  // from where is not known
}

TEST(NmeaWeather, reads_mda_with_the_bar_as_pressure) {
  expect_values(values({"WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,"}), {{"surface_air_pressure_hPa", 1001.2},
                                                                                     {"air_temperature_C", 20.7},
                                                                                     {"relative_humidity_pct", 54.2},
                                                                                     {"dew_point_temperature_C", 11.1}});
  expect_values(values({"WIMDA,30.0000,I,,,20.7,C,,,,,,,270.0,T,,M,10.0,N,5.1,M"}), {{"surface_air_pressure_hPa", 1015.9167},
                                                                                     {"air_temperature_C", 20.7},
                                                                                     {"wind_speed_m_s", 5.1444},
                                                                                     {"wind_from_direction_deg", 270.0}});
}

TEST(NmeaWeather, reads_transducers_by_their_names) {
  expect_values(values({"YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P,1.0012,B,STNP"}), {{"surface_air_pressure_hPa", 1001.2}});
  expect_values(values({"WIXDR,C,022.0,C,"}), {{"air_temperature_C", 22.0}});
  expect_values(values({"WIXDR,C,35.2,C,2,U,28.3,N,0,U,28.6,V,1,U,3.520,V,2"}), {});  // heating and voltages
  expect_values(values({"WIXDR,C,20.5,C,TEMP,C,9.5,C,DEWP,P,101325,P,PRESS,H,50.5,P,RH,G,123,W,SOLAR,X,1,Y,PRECIP"}),
                {{"air_temperature_C", 20.5},
                 {"dew_point_temperature_C", 9.5},
                 {"surface_air_pressure_hPa", 1013.25},
                 {"relative_humidity_pct", 50.5},
                 {"solar_irradiance_W_m2", 123.0}});
  EXPECT_EQ(refusal(sentence("WIXDR,C,293,K,TEMP")), "unknown_unit");
  EXPECT_EQ(refusal(sentence("WIXDR,C,warm,C,TEMP")), "not_a_number");
  EXPECT_EQ(refusal(sentence("WIXDR,C,99.0,C,TEMP")), "out_of_range");
}

TEST(NmeaWeather, reads_the_single_value_sentences) {
  expect_values(values({"WIMTA,20.7,C", "WIMMB,30.0,I,1.0159,B", "WIMHU,54.2,,11.1,C", "WIMWD,215.0,T,213.0,M,10.0,N,5.1,M"}),
                {{"air_temperature_C", 20.7},
                 {"surface_air_pressure_hPa", 1015.9},
                 {"relative_humidity_pct", 54.2},
                 {"dew_point_temperature_C", 11.1},
                 {"wind_speed_m_s", 5.1444},
                 {"wind_from_direction_deg", 215.0}});
}

TEST(NmeaWindow, averages_speed_as_a_number_and_direction_as_a_vector) {
  // 10 m/s from 350° and 10 m/s from 10°: from north, and still 10 m/s.
  expect_values(values({"WIMWV,350.0,R,10.0,M,A", "WIMWV,10.0,R,10.0,M,A"}),
                {{"wind_speed_m_s", 10.0}, {"wind_from_direction_deg", 0.0}});
  // 3 from east and 4 from south: the vector points to 90° + atan(4/3) = 143.1301°.
  expect_values(values({"WIMWV,90.0,R,3.0,M,A", "WIMWV,180.0,R,4.0,M,A"}),
                {{"wind_speed_m_s", 3.5}, {"wind_from_direction_deg", 143.1301}});
  // 10 kn from north and 10 kn from south: 10 kn, from nowhere.
  expect_values(values({"WIMWV,0.0,R,10.0,N,A", "WIMWV,180.0,R,10.0,N,A"}), {{"wind_speed_m_s", 5.1444}});
}

TEST(NmeaWindow, gives_no_direction_in_a_calm) { expect_values(values({"WIMWV,90.0,R,0.0,M,A"}), {{"wind_speed_m_s", 0.0}}); }

TEST(NmeaWindow, takes_the_last_value_of_everything_else_and_starts_anew) {
  NmeaWindow window;
  window.add(decode("WIMTA,20.7,C"));
  window.add(decode("WIMTA,20.9,C"));
  expect_values(window.take().json(), {{"air_temperature_C", 20.9}});
  EXPECT_TRUE(window.empty());
  window.add(decode("PAMTT,POST,0,0"));
  EXPECT_TRUE(window.empty());
}

TEST(NmeaWindow, averages_only_the_preferred_of_several_wind_sources) {
  expect_values(values({"WIMWV,90.0,R,10.0,M,A", "WIMDA,,,,,,,,,,,,,95.0,T,,M,,N,12.0,M"}),
                {{"wind_speed_m_s", 10.0}, {"wind_from_direction_deg", 90.0}});
}

}  // namespace
}  // namespace wayside::edge
