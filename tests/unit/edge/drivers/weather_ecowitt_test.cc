// Proves the decoder of Ecowitt's and Ambient's uploads on frames of the documented shape.
#include "edge/drivers/weather_ecowitt.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

const std::string kHead = "PASSKEY=0123456789ABCDEF0123456789ABCDEF&stationtype=GW2000A_V2.1.5&dateutc=2026-07-15+15:26:14";

TEST(Ecowitt, decodes_the_imperial_set) {
  const auto decoded = decode_ecowitt(
      form(kHead + "&tempinf=78.80&humidityin=53&baromrelin=30.000&baromabsin=29.000&tempf=50.0&humidity=34&winddir=289"
                   "&windspeedmph=10.00&windgustmph=20.00&maxdailygust=12.53&solarradiation=530.62&uv=4&rainratein=0.100"
                   "&eventrainin=0.2&hourlyrainin=0.1&dailyrainin=0.2&weeklyrainin=0.3&monthlyrainin=0.4&yearlyrainin=1.000"
                   "&pm25_ch1=21.0&wh65batt=0&freq=868M&model=GW2000A"));
  expect_upload(decoded,
                {{"air_temperature_C", 10.0},
                 {"relative_humidity_pct", 34.0},
                 {"air_pressure_at_mean_sea_level_hPa", 1015.9167},  // 30 * 33.86389
                 {"surface_air_pressure_hPa", 982.0528},             // 29 * 33.86389
                 {"wind_speed_m_s", 4.4704},
                 {"wind_from_direction_deg", 289.0},
                 {"wind_speed_of_gust_m_s", 8.9408},
                 {"solar_irradiance_W_m2", 530.62},
                 {"ultraviolet_index", 4.0},
                 {"precipitation_rate_mm_h", 2.54},
                 {"pm2p5_ug_m3", 21.0},
                 {"battery_low", false}},
                "yearlyrainin", 25.4);
  const auto& upload = std::get<WeatherUpload>(decoded);
  EXPECT_TRUE(upload.key_is_secret);
  EXPECT_EQ(format_rfc3339(*upload.device_time), "2026-07-15T15:26:14.000Z");
}

TEST(Ecowitt, prefers_the_lifetime_total_over_the_years) {
  expect_upload(decode_ecowitt(form(kHead + "&monthlyrainin=4.929&yearlyrainin=5&totalrainin=10")), {}, "totalrainin", 254);
}

TEST(Ecowitt, counts_by_the_bucket_when_both_gauges_are_there) {
  expect_upload(decode_ecowitt(form(kHead + "&rainratein=0.1&yearlyrainin=3.000&rrain_piezo=0.2&yrain_piezo=4.114")),
                {{"precipitation_rate_mm_h", 2.54}}, "yearlyrainin", 76.2);
  expect_upload(decode_ecowitt(form(kHead + "&rrain_piezo=0.2&drain_piezo=1&yrain_piezo=4")),
                {{"precipitation_rate_mm_h", 5.08}}, "yrain_piezo", 101.6);
}

TEST(Ecowitt, tells_a_metric_set_under_imperial_names_by_its_barometer) {
  expect_upload(
      decode_ecowitt(
          form(kHead + "&baromrelin=1013.2&baromabsin=837.793&tempf=-4.4&windspeedmph=32.4&yearlyrainin=112.8&rainratein=1.5")),
      {{"air_temperature_C", -4.4},
       {"air_pressure_at_mean_sea_level_hPa", 1013.2},
       {"surface_air_pressure_hPa", 837.793},
       {"wind_speed_m_s", 9.0},  // 32.4 / 3.6
       {"precipitation_rate_mm_h", 1.5}},
      "yearlyrainin", 112.8);
}

TEST(Ecowitt, refuses_a_frame_without_passkey) {
  expect_refused(decode_ecowitt(form("PASSKEY=&tempf=50")), FrameReason::kBadRequest);
}

}  // namespace
}  // namespace wayside::edge
