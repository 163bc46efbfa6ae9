// Proves the decoder of Weather Underground's upload and its metric and Acurite relatives on frames of the documented
// shape; the expected values are worked out by hand from the frame's numbers.
#include "edge/drivers/weather_wunderground.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

TEST(Wunderground, decodes_the_imperial_dialect) {
  const auto decoded = decode_wunderground(form(
      "ID=KPOST1&PASSWORD=abc&dateutc=2026-1-4%2021:2:35&action=updateraw&tempf=50.0&humidity=045&dewptf=23&winddir=270"
      "&windspeedmph=10.0&windgustmph=20.0&rainin=0.50&dailyrainin=0.50&weeklyrainin=0.60&monthlyrainin=0.80&yearlyrainin=1.00"
      "&solarradiation=100.5&UV=3&indoortempf=76.5&baromin=30.00&absbaromin=29.00&AqPM2.5=12.0&lowbatt=1&softwaretype=X"));
  expect_upload(decoded,
                {{"air_temperature_C", 10.0},  // (50 - 32) / 1.8
                 {"relative_humidity_pct", 45.0},
                 {"dew_point_temperature_C", -5.0},                  // (23 - 32) / 1.8
                 {"air_pressure_at_mean_sea_level_hPa", 1015.9167},  // 30.00 * 33.86389
                 {"surface_air_pressure_hPa", 982.0528},             // 29.00 * 33.86389
                 {"wind_speed_m_s", 4.4704},                         // 10 * 0.44704
                 {"wind_from_direction_deg", 270.0},
                 {"wind_speed_of_gust_m_s", 8.9408},  // 20 * 0.44704
                 {"solar_irradiance_W_m2", 100.5},
                 {"ultraviolet_index", 3.0},
                 {"pm2p5_ug_m3", 12.0},
                 {"battery_low", true}},
                "yearlyrainin", 25.4);
  const auto& upload = std::get<WeatherUpload>(decoded);
  EXPECT_EQ(upload.keys, std::vector<std::string>{"KPOST1"});
  EXPECT_EQ(upload.password, "abc");
  EXPECT_EQ(format_rfc3339(*upload.device_time), "2026-01-04T21:02:35.000Z");
}

TEST(Wunderground, leaves_out_the_values_of_a_lost_sensor) {
  expect_upload(decode_wunderground(form("ID=KPOST1&PASSWORD=abc&tempf=-9999&humidity=-9999&winddir=-9999&windspeedmph=-9999"
                                         "&yearlyrainin=0.00&UV=-9999&baromin=30.00&lowbatt=0&dateutc=now")),
                {{"air_pressure_at_mean_sea_level_hPa", 1015.9167}, {"battery_low", false}}, "yearlyrainin", 0);
}

TEST(Wunderground, decodes_the_metric_dialect) {
  expect_upload(
      decode_wunderground(form("ID=KPOST1&PASSWORD=abc&intemp=22.8&outtemp=1.4&dewpoint=1.1&windchill=1.4&inhumi=36&outhumi=98"
                               "&windspeed=3.6&windgust=7.2&winddir=193&absbaro=1009.5&relbaro=1033.4&rainrate=0.5"
                               "&dailyrain=0.0&yearlyrain=10.5&light=1724.9&UV=5&dateutc=2026-4-19%204:42:35")),
      {{"air_temperature_C", 1.4},
       {"relative_humidity_pct", 98.0},
       {"dew_point_temperature_C", 1.1},
       {"air_pressure_at_mean_sea_level_hPa", 1033.4},
       {"surface_air_pressure_hPa", 1009.5},
       {"wind_speed_m_s", 1.0},          // 3.6 km/h
       {"wind_speed_of_gust_m_s", 2.0},  // 7.2 km/h
       {"wind_from_direction_deg", 193.0},
       {"precipitation_rate_mm_h", 0.5},
       {"illuminance_lx", 1724.9}},  // and no index: UV=5 are µW/cm²
      "yearlyrain", 10.5);
}

TEST(Wunderground, names_an_acurite_sensor_before_its_bridge) {
  const auto decoded = decode_wunderground(
      form("dateutc=now&action=updateraw&realtime=1&id=24C86E000001&mt=5N1x31&sensor=00003301&windspeedmph=5&winddir=113"
           "&rainin=0.00&dailyrainin=0.10&humidity=45&tempf=50.0&dewptf=23&baromin=29.00&battery=low&rssi=2"));
  expect_upload(decoded,
                {{"wind_speed_m_s", 2.2352},  // 5 * 0.44704
                 {"wind_from_direction_deg", 113.0},
                 {"relative_humidity_pct", 45.0},
                 {"air_temperature_C", 10.0},
                 {"dew_point_temperature_C", -5.0},
                 {"surface_air_pressure_hPa", 982.0528},  // the bridge's own barometer
                 {"battery_low", true}},
                "dailyrainin.00003301", 2.54);
  EXPECT_EQ(std::get<WeatherUpload>(decoded).keys, (std::vector<std::string>{"24C86E000001/00003301", "24C86E000001"}));
}

TEST(Wunderground, refuses_a_frame_without_id) {
  expect_refused(decode_wunderground(form("tempf=50.0&dateutc=now")), FrameReason::kBadRequest);
}

}  // namespace
}  // namespace wayside::edge
