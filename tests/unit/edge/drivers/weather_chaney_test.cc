// Proves the decoders of two hubs that speak a language of their own: Acurite's before 2016 and Oregon's LW300. Scales and
// units are argued in the decoders' files; the barometer's arithmetic is worked out below.
#include "edge/drivers/weather_chaney.h"

#include <gtest/gtest.h>

#include "edge/drivers/weather_oregon.h"
#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

TEST(Chaney, decodes_scaled_decimals) {
  const auto decoded = decode_chaney(
      form("id=X&sensor=02004&mt=5N1x38&windspeed=A001890000&humidity=A0280&temperature=A014722222&battery=normal&rssi=3"));
  expect_upload(
      decoded,
      {{"air_temperature_C", 14.7222}, {"relative_humidity_pct", 28.0}, {"wind_speed_m_s", 1.89}, {"battery_low", false}});
  EXPECT_EQ(std::get<WeatherUpload>(decoded).keys, (std::vector<std::string>{"X/02004", "X"}));
  expect_upload(decode_chaney(form("id=X&mt=tower&temperature=A-05500000&humidity=A0990")),
                {{"air_temperature_C", -5.5}, {"relative_humidity_pct", 99.0}});
}

TEST(Chaney, turns_the_wind_code_into_degrees) {
  // Codes 5, 9, C, 0 are north, east, south, west; 8 is the 11th step of 22.5°: 247.5.
  for (const auto& [code, degrees] :
       std::map<std::string, double>{{"5", 0}, {"9", 90}, {"C", 180}, {"12", -1}, {"0", 270}, {"8", 247.5}, {"4", 337.5}}) {
    const auto decoded = decode_chaney(form("id=X&mt=5N1x31&windspeed=A001660000&winddir=" + code));
    if (degrees < 0) {  // hex 12 is no code
      expect_upload(decoded, {{"wind_speed_m_s", 1.66}});
    } else {
      expect_upload(decoded, {{"wind_speed_m_s", 1.66}, {"wind_from_direction_deg", degrees}});
    }
  }
}

TEST(Chaney, computes_the_pressure_as_the_sensors_datasheet_says) {
  // C1=17709 C2=3455 C3=269 C4=816 C5=33906 C7=2500 B=27 C=6 D1=37322 D2=33392
  //   D2 - C5 = -514; dUT = -514 - (514/128)^2 * 27 / 2^6 = -514 - 6.8028 = -520.8028
  //   OFF  = (3455 + (816 - 1024) * -520.8028 / 16384) * 4 = (3455 + 6.6118) * 4 = 13846.4471
  //   SENS = 17709 + 269 * -520.8028 / 1024 = 17709 - 136.8125 = 17572.1875
  //   X    = 17572.1875 * (37322 - 7168) / 16384 - 13846.4471 = 32340.8055 - 13846.4471 = 18494.3584
  //   P    = (18494.3584 * 10 / 32 + 2500) / 10 = 827.9487 hPa
  const auto decoded = decode_chaney(
      form("id=X&mt=pressure&C1=452D&C2=0D7F&C3=010D&C4=0330&C5=8472&C6=1858&C7=09C4&A=07&B=1B&C=06&D=09&PR=91CA&TR=8270"));
  ASSERT_TRUE(std::holds_alternative<WeatherUpload>(decoded));
  EXPECT_NEAR(*std::get<WeatherUpload>(decoded).fields.number("surface_air_pressure_hPa"), 827.9487, 1e-4);
}

TEST(Chaney, refuses_a_barometer_it_does_not_know) {
  const std::string head =
      "id=X&mt=pressure&C1=8000&C2=FFFF&C3=010D&C4=0330&C5=8472&C6=1858&C7=09C4&A=07&B=1B&C=06&D=09&TR=8270";
  expect_refused(decode_chaney(form(head + "&PR=91CA")), FrameReason::kUnsupportedFrame);
  expect_refused(decode_chaney(form(head + "&PR=spam")), FrameReason::kNotANumber);
  expect_refused(decode_chaney(form(head)), FrameReason::kNotANumber);
}

TEST(Chaney, refuses_frames_that_nobody_has_documented) {
  expect_refused(decode_chaney(form("id=X&mt=lightning&strikes=3")), FrameReason::kUnsupportedFrame);
  expect_refused(decode_chaney(form("mt=tower&humidity=A0270")), FrameReason::kBadRequest);
}

TEST(Oregon, decodes_each_sensor_by_its_frame_id) {
  expect_upload(decode_oregon(form("mac=XX&id=84&rid=20&pwr=0&htr=0&cz=3&oh=90&ttr=0&ot=18.9&ch=1&p=1")),
                {{"air_temperature_C", 18.9}, {"relative_humidity_pct", 90.0}});
  expect_upload(decode_oregon(form("mac=XX&id=90&rid=9d&pwr=0&gw=0&av=0&wd=315&wg=1.9&ws=1.1&ch=1&p=1")),
                {{"wind_speed_m_s", 1.1}, {"wind_speed_of_gust_m_s", 1.9}, {"wind_from_direction_deg", 315.0}});
  expect_upload(decode_oregon(form("mac=XX&id=82&rid=1d&pwr=0&rro=0&rr=0.50&rfa=2.000&ch=1&p=1")),
                {{"precipitation_rate_mm_h", 12.7}}, "rfa.1d", 50.8);  // 0.5 in/h, 2 in
  expect_upload(decode_oregon(form("mac=XX&id=c2&pv=0&lb=0&ac=0&reg=1803&lost=0000&baro=806&ptr=0&wfor=3&p=1")),
                {{"surface_air_pressure_hPa", 806.0}});
}

TEST(Oregon, refuses_the_uv_frame_whose_index_is_not_documented) {
  expect_refused(decode_oregon(form("mac=XX&id=8e&rid=af&pwr=0&or=0&uvh=0&uv=125&ch=1&p=1")), FrameReason::kUnsupportedFrame);
}

}  // namespace
}  // namespace wayside::edge
