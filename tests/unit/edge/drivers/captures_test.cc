// Proves the drivers on recorded uploads and serial logs of real hardware, read from $WAYSIDE_CAPTURES/weather (skipped
// without it). The expected values are worked out by hand from the recorded numbers:
//   °C = (°F - 32) / 1.8, hPa = inHg * 33.86389, m/s = mph * 0.44704 = km/h / 3.6, mm = inch * 25.4.
#include <gtest/gtest.h>

#include <sstream>

#include "edge/drivers/http_push.h"
#include "edge/drivers/nmea_sentence.h"
#include "edge/drivers/nmea_weather.h"
#include "edge/drivers/serial_port.h"
#include "edge/drivers/weather_chaney.h"
#include "edge/drivers/weather_ecowitt.h"
#include "edge/drivers/weather_oregon.h"
#include "edge/drivers/weather_sensor_community.h"
#include "edge/drivers/weather_wunderground.h"
#include "tests/unit/edge/drivers/captures.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/tcp_client.h"

namespace wayside::edge {
namespace {

class Uploads : public Captures {
 protected:
  /// The lines of a file of query strings, without `GET path?` and ` HTTP/1.0`.
  std::vector<UploadForm> forms(const std::string& name) const {
    std::vector<UploadForm> forms;
    std::istringstream lines(text(name));
    for (std::string line; std::getline(lines, line);) {
      line = line.substr(line.find('?') + 1);
      if (const std::size_t version = line.find(" HTTP/"); version != std::string::npos) line.resize(version);
      while (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) forms.push_back(form(line));
    }
    return forms;
  }
  UploadForm json_form(const std::string& name) const {
    UploadForm::Pairs pairs;
    const auto object = nlohmann::json::parse(text(name));
    for (const auto& [key, value] : object.items()) {
      pairs.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    return UploadForm(pairs);
  }
};

TEST_F(Uploads, of_the_observer_give_the_values_worked_out_by_hand) {
  const auto frames = forms("wunderground/observer-query-strings.txt");
  ASSERT_EQ(frames.size(), 7U);
  expect_upload(decode_wunderground(frames[0]),
                {{"air_temperature_C", 6.2778},  // 43.3 °F
                 {"relative_humidity_pct", 98.0},
                 {"dew_point_temperature_C", 6.0},                 // 42.8 °F
                 {"air_pressure_at_mean_sea_level_hPa", 983.746},  // 29.05 inHg
                 {"wind_speed_m_s", 0.0},
                 {"wind_from_direction_deg", 129.0},
                 {"wind_speed_of_gust_m_s", 0.0},
                 {"solar_irradiance_W_m2", 0.0},
                 {"ultraviolet_index", 0.0},
                 {"battery_low", false}},
                "yearlyrainin", 23.114);  // 0.91 in
  EXPECT_EQ(format_rfc3339(*std::get<WeatherUpload>(decode_wunderground(frames[0])).device_time), "2016-01-04T21:02:35.000Z");
  expect_upload(decode_wunderground(frames[1]),
                {{"air_temperature_C", 1.4},
                 {"relative_humidity_pct", 98.0},
                 {"dew_point_temperature_C", 1.1},
                 {"air_pressure_at_mean_sea_level_hPa", 1033.4},
                 {"surface_air_pressure_hPa", 1009.5},
                 {"wind_speed_m_s", 0.0},
                 {"wind_speed_of_gust_m_s", 0.0},
                 {"wind_from_direction_deg", 193.0},
                 {"precipitation_rate_mm_h", 0.0},
                 {"illuminance_lx", 1724.9}},
                "yearlyrain", 10.5);
  expect_upload(decode_wunderground(frames[2]),
                {{"air_temperature_C", 10.1},
                 {"relative_humidity_pct", 57.0},
                 {"dew_point_temperature_C", 2.0},
                 {"air_pressure_at_mean_sea_level_hPa", 1034.0},
                 {"surface_air_pressure_hPa", 1010.1},
                 {"wind_speed_m_s", 0.0},
                 {"wind_speed_of_gust_m_s", 0.0},
                 {"wind_from_direction_deg", 212.0},
                 {"precipitation_rate_mm_h", 0.0},
                 {"illuminance_lx", 31892.0}},
                "yearlyrain", 10.5);
  expect_upload(decode_wunderground(frames[3]),
                {{"air_temperature_C", 6.3},
                 {"relative_humidity_pct", 80.0},
                 {"dew_point_temperature_C", 3.1},
                 {"air_pressure_at_mean_sea_level_hPa", 1018.3},
                 {"surface_air_pressure_hPa", 1018.3},
                 {"wind_speed_m_s", 0.0},
                 {"wind_speed_of_gust_m_s", 0.0},
                 {"wind_from_direction_deg", 197.0},
                 {"precipitation_rate_mm_h", 0.0},
                 {"illuminance_lx", 0.0},
                 {"battery_low", false}},
                "yearlyrain", 0);
}

TEST_F(Uploads, of_a_lost_sensor_and_of_other_firmware_give_the_values_worked_out_by_hand) {
  const auto frames = forms("wunderground/observer-query-strings.txt");
  ASSERT_EQ(frames.size(), 7U);
  expect_upload(decode_wunderground(frames[4]),  // -9999 throughout; 29.94 inHg
                {{"air_pressure_at_mean_sea_level_hPa", 1013.8849}, {"battery_low", false}}, "yearlyrainin", 0);
  expect_upload(decode_ecowitt(frames[5]),
                {{"air_temperature_C", 20.6111},  // 69.1 °F
                 {"relative_humidity_pct", 61.0},
                 {"air_pressure_at_mean_sea_level_hPa", 1012.1917},  // 29.89 inHg
                 {"surface_air_pressure_hPa", 998.3075},             // 29.48 inHg
                 {"wind_speed_m_s", 0.8047},                         // 1.8 mph
                 {"wind_from_direction_deg", 169.0},
                 {"wind_speed_of_gust_m_s", 0.9835},  // 2.2 mph
                 {"solar_irradiance_W_m2", 299.23},
                 {"ultraviolet_index", 3.0}},
                "totalrainin", 22.098);  // 0.87 in
  // Recorded without ID: refused as it stands.
  expect_refused(decode_wunderground(frames[6]), FrameReason::kBadRequest);
}

TEST_F(Uploads, of_acurite_bridges_give_the_values_worked_out_by_hand) {
  const auto frames = forms("wunderground/acurite-bridge-query-strings.txt");
  ASSERT_EQ(frames.size(), 12U);
  expect_upload(decode_chaney(frames[0]), {{"surface_air_pressure_hPa", 827.9487}});  // weather_chaney_test has the arithmetic
  expect_upload(decode_chaney(frames[1]),
                {{"wind_speed_m_s", 1.66}, {"wind_from_direction_deg", 247.5}, {"battery_low", false}});
  expect_upload(
      decode_chaney(frames[2]),
      {{"air_temperature_C", 14.7222}, {"relative_humidity_pct", 28.0}, {"wind_speed_m_s", 1.89}, {"battery_low", false}});
  expect_upload(decode_chaney(frames[3]),
                {{"air_temperature_C", 20.1}, {"relative_humidity_pct", 27.0}, {"battery_low", false}});
  expect_upload(decode_chaney(frames[4]),
                {{"air_temperature_C", 17.4}, {"relative_humidity_pct", 30.0}, {"battery_low", false}});
  expect_upload(decode_chaney(frames[5]),
                {{"air_temperature_C", 21.5}, {"relative_humidity_pct", 30.0}, {"battery_low", false}});
  expect_upload(decode_wunderground(frames[6]),
                {{"wind_speed_m_s", 2.2352},  // 5 mph
                 {"wind_from_direction_deg", 113.0},
                 {"relative_humidity_pct", 45.0},
                 {"air_temperature_C", 35.3333},           // 95.6 °F
                 {"dew_point_temperature_C", 24.4444},     // 76.0 °F
                 {"surface_air_pressure_hPa", 1019.6417},  // 30.11 inHg
                 {"battery_low", false}},
                "dailyrainin.00003301", 0);
  expect_upload(decode_wunderground(frames[7]),  // 83.8 °F, 29.92 inHg
                {{"relative_humidity_pct", 15.0},
                 {"air_temperature_C", 28.7778},
                 {"surface_air_pressure_hPa", 1013.2076},
                 {"battery_low", false}});
  expect_upload(decode_wunderground(frames[8]),  // 9 mph, 0.03 in
                {{"wind_speed_m_s", 4.0234},
                 {"wind_from_direction_deg", 180.0},
                 {"surface_air_pressure_hPa", 1013.2076},
                 {"battery_low", false}},
                "dailyrainin.00001398", 0.762);
  expect_upload(decode_wunderground(frames[9]),  // 84.0 °F
                {{"wind_speed_m_s", 4.0234},
                 {"relative_humidity_pct", 76.0},
                 {"air_temperature_C", 28.8889},
                 {"surface_air_pressure_hPa", 1013.2076},
                 {"battery_low", false}});
  expect_upload(decode_chaney(frames[10]), {});  // shortened by who recorded it
  expect_upload(decode_chaney(frames[11]), {});
}

TEST_F(Uploads, of_an_oregon_hub_give_the_values_worked_out_by_hand) {
  const auto frames = forms("wunderground/oregon-lw301-post-bodies.txt");
  ASSERT_EQ(frames.size(), 7U);
  expect_refused(decode_oregon(frames[0]), FrameReason::kUnsupportedFrame);
  expect_upload(decode_oregon(frames[1]),
                {{"wind_speed_m_s", 1.1}, {"wind_speed_of_gust_m_s", 1.9}, {"wind_from_direction_deg", 315.0}});
  expect_upload(decode_oregon(frames[2]), {{"air_temperature_C", 18.9}, {"relative_humidity_pct", 90.0}});
  expect_upload(decode_oregon(frames[3]), {{"precipitation_rate_mm_h", 0.0}}, "rfa.1d", 129.8956);  // 5.114 in
  expect_upload(decode_oregon(frames[4]), {{"surface_air_pressure_hPa", 806.0}});
  expect_upload(decode_oregon(frames[5]),
                {{"wind_speed_m_s", 1.1}, {"wind_speed_of_gust_m_s", 1.9}, {"wind_from_direction_deg", 247.0}});
  expect_refused(decode_oregon(frames[6]), FrameReason::kUnsupportedFrame);
}

TEST_F(Uploads, of_ecowitt_gateways_give_the_values_worked_out_by_hand) {
  expect_upload(decode_ecowitt(json_form("ecowitt/payload_gw2000a_1.json")),
                {{"air_temperature_C", 23.6111},  // 74.5 °F
                 {"relative_humidity_pct", 47.0},
                 {"air_pressure_at_mean_sea_level_hPa", 964.3081},  // 28.476 inHg
                 {"surface_air_pressure_hPa", 964.3081},
                 {"wind_speed_m_s", 0.599},  // 1.34 mph
                 {"wind_from_direction_deg", 100.0},
                 {"wind_speed_of_gust_m_s", 1.0014},  // 2.24 mph
                 {"solar_irradiance_W_m2", 0.0},
                 {"ultraviolet_index", 0.0},
                 {"precipitation_rate_mm_h", 0.0}},
                "yrain_piezo", 0);
  expect_upload(decode_ecowitt(json_form("ecowitt/payload_gw2000a_2.json")),
                {{"air_temperature_C", 15.3889},  // 59.7 °F
                 {"relative_humidity_pct", 65.0},
                 {"air_pressure_at_mean_sea_level_hPa", 1011.5144},  // 29.870 inHg
                 {"surface_air_pressure_hPa", 999.2895},             // 29.509 inHg
                 {"wind_speed_m_s", 1.0014},                         // 2.24 mph
                 {"wind_from_direction_deg", 327.0},
                 {"wind_speed_of_gust_m_s", 1.6988},  // 3.80 mph
                 {"solar_irradiance_W_m2", 0.0},
                 {"ultraviolet_index", 0.0},
                 {"pm2p5_ug_m3", 21.0},
                 {"precipitation_rate_mm_h", 0.0}},
                "yearlyrainin", 99.2886);  // 3.909 in, the bucket's
  expect_upload(decode_ecowitt(json_form("ecowitt/payload_gw1000bpro.json")),
                {{"air_temperature_C", 34.0},  // 93.2 °F
                 {"relative_humidity_pct", 64.0},
                 {"air_pressure_at_mean_sea_level_hPa", 837.7926},  // 24.740 inHg
                 {"surface_air_pressure_hPa", 837.7926},
                 {"wind_speed_m_s", 9.3387},  // 20.89 mph
                 {"wind_from_direction_deg", 139.0},
                 {"wind_speed_of_gust_m_s", 0.5007},  // 1.12 mph
                 {"solar_irradiance_W_m2", 264.61},
                 {"ultraviolet_index", 2.0},
                 {"battery_low", false},
                 {"precipitation_rate_mm_h", 0.0}},
                "yearlyrainin", 112.8014);  // 4.441 in
  expect_upload(decode_ecowitt(json_form("ecowitt/payload_gw1000bpro_metric.json")),
                {{"air_temperature_C", -4.4},
                 {"relative_humidity_pct", 74.0},
                 {"air_pressure_at_mean_sea_level_hPa", 837.793},
                 {"surface_air_pressure_hPa", 837.793},
                 {"wind_speed_m_s", 9.0},  // 32.4 km/h
                 {"wind_from_direction_deg", 139.0},
                 {"wind_speed_of_gust_m_s", 0.5},  // 1.8 km/h
                 {"solar_irradiance_W_m2", 264.61},
                 {"ultraviolet_index", 2.0},
                 {"battery_low", false},
                 {"precipitation_rate_mm_h", 0.0}},
                "yearlyrainin", 112.8);
}

TEST_F(Uploads, of_consoles_give_the_values_worked_out_by_hand) {
  expect_upload(decode_ecowitt(json_form("ecowitt/payload_ws2900.json")),
                {{"air_temperature_C", -5.5556},  // 22.0 °F
                 {"relative_humidity_pct", 100.0},
                 {"air_pressure_at_mean_sea_level_hPa", 1010.126},  // 29.829 inHg
                 {"surface_air_pressure_hPa", 952.3203},            // 28.122 inHg
                 {"wind_speed_m_s", 3.0846},                        // 6.9 mph
                 {"wind_from_direction_deg", 271.0},
                 {"wind_speed_of_gust_m_s", 4.1128},  // 9.2 mph
                 {"solar_irradiance_W_m2", 0.0},
                 {"ultraviolet_index", 0.0},
                 {"battery_low", false},
                 {"precipitation_rate_mm_h", 0.0}},
                "totalrainin", 378.206);  // 14.890 in
  expect_upload(decode_ecowitt(json_form("ecowitt/payload_ambweather.json")),
                {{"air_temperature_C", 12.1111},  // 53.8 °F
                 {"relative_humidity_pct", 30.0},
                 {"air_pressure_at_mean_sea_level_hPa", 1002.913},  // 29.616 inHg
                 {"surface_air_pressure_hPa", 835.7269},            // 24.679 inHg
                 {"wind_speed_m_s", 2.0117},                        // 4.5 mph
                 {"wind_from_direction_deg", 99.0},
                 {"wind_speed_of_gust_m_s", 3.0846},
                 {"solar_irradiance_W_m2", 39.02},
                 {"ultraviolet_index", 0.0}},
                "totalrainin", 1239.7994);  // 48.811 in
  expect_upload(decode_wunderground(json_form("ecowitt/payload_wunderground.json")),
                {{"air_temperature_C", 31.9},  // 89.42 °F
                 {"relative_humidity_pct", 54.0},
                 {"dew_point_temperature_C", 21.5},                  // 70.7 °F
                 {"air_pressure_at_mean_sea_level_hPa", 1020.4883},  // 30.135 inHg
                 {"wind_speed_m_s", 0.0},
                 {"wind_from_direction_deg", 269.0},
                 {"wind_speed_of_gust_m_s", 4.0994},  // 9.17 mph
                 {"solar_irradiance_W_m2", 732.04},
                 {"ultraviolet_index", 6.0},
                 {"battery_low", false}},
                "yearlyrainin", 122.7074);  // 4.831 in
}

/// A driver on a free port with one device, fed the recorded bytes.
class CapturedWire : public Captures {
 protected:
  void listen_for(const std::string& key) {
    settings_.listen = "127.0.0.1:0";
    settings_.devices.push_back(std::make_unique<HttpPushDevice>());
    settings_.devices[0]->key = key;
    settings_.devices[0]->station.station_id = "post-1";
    driver_ = std::make_unique<HttpPushDriver>(settings_, host_);
    ASSERT_TRUE(driver_->start().ok());
  }

  FakeHost host_;
  HttpPushSettings settings_;
  std::unique_ptr<HttpPushDriver> driver_;
};

TEST_F(CapturedWire, of_an_airrohr_request_is_taken_byte_by_byte_as_it_was) {
  listen_for("esp8266-12331981");
  const std::string request = text("sensor-community/airrohr-post-nrz-2020-129.http");
  TcpClient client(host_.io, driver_->port());
  client.send(request);
  EXPECT_EQ(status_of(client.receive()), "200");
  ASSERT_EQ(host_.observations.size(), 1U);
  expect_values(host_.observations[0].values, {{"pm10_ug_m3", 0.4},
                                               {"pm2p5_ug_m3", 0.2},
                                               {"air_temperature_C", 20.47},
                                               {"surface_air_pressure_hPa", 1006.1325},  // 100613.25 Pa
                                               {"relative_humidity_pct", 69.02}});
}

TEST_F(CapturedWire, of_an_acurite_bridges_segments_is_taken_as_requests) {
  listen_for("24C86E06B15C");
  const auto connections = nlohmann::json::parse(text("acurite-bridge-http/tcp-segments.derived.json"));
  for (const auto& connection : connections) {
    TcpClient client(host_.io, driver_->port());
    for (const auto& segment : connection["segments"]) client.send(segment["data"].get<std::string>());
    if (connection["segments"].size() == 1) continue;  // cut off by the recording
    EXPECT_EQ(status_of(client.receive()), "200");
  }
  ASSERT_EQ(host_.observations.size(), 2U);
  expect_values(host_.observations[0].values,  // 79.3 °F, 29.29 inHg
                {{"air_temperature_C", 26.2778},
                 {"relative_humidity_pct", 30.0},
                 {"surface_air_pressure_hPa", 991.8733},
                 {"battery_low", false}});
  expect_values(host_.observations[1].values, {{"air_temperature_C", 21.9444},        // 71.5 °F
                                               {"dew_point_temperature_C", 11.6667},  // 53 °F
                                               {"relative_humidity_pct", 51.0},
                                               {"surface_air_pressure_hPa", 991.8733},
                                               {"wind_speed_m_s", 0.0},
                                               {"wind_from_direction_deg", 113.0},
                                               {"battery_low", false},
                                               {"precipitation_total_mm", 5.08},  // 0.20 in
                                               {"counter_id", "dailyrainin.00002179/20261022"}});
}

struct LineCounts {
  int used = 0;
  int unused = 0;
  std::map<std::string, int> refused;
};

LineCounts count_lines(const std::string& log) {
  LineCounts counts;
  LineSplitter splitter(1000);
  splitter.feed(log, [&counts](std::string_view line) {
    // The logging program put `13:01:21.858: <- ` in front of each line.
    if (const std::size_t arrow = line.find(": <- "); arrow != std::string_view::npos) line.remove_prefix(arrow + 5);
    if (line.empty()) return;
    const auto parsed = parse_nmea(line, true);
    if (const auto* reason = std::get_if<LineReason>(&parsed)) {
      ++counts.refused[std::string(to_text(*reason))];
      return;
    }
    const auto decoded = decode_nmea_weather(std::get<NmeaSentence>(parsed), {});
    ASSERT_TRUE(std::holds_alternative<NmeaValues>(decoded)) << line;
    const auto& values = std::get<NmeaValues>(decoded);
    ++(values.wind || values.fields.has_measurement() ? counts.used : counts.unused);
  });
  return counts;
}

TEST_F(Uploads, of_an_airmar_have_the_number_of_sentences_counted_independently) {
  // Counted with a regular expression and an XOR in another language: 10 MWV, 6 MDA, 6 XDR; the first line is cut.
  const LineCounts first = count_lines(text("nmea-airmar-110wx/20241230-141756.nmea"));
  EXPECT_EQ(first.used, 22);
  EXPECT_EQ(first.unused, 0);
  EXPECT_EQ(first.refused, (std::map<std::string, int>{{"not_nmea", 1}}));
  // 207 MWV, 68 MDA, 33 XDR; 8 PAMTR and 15 PAMTT; 10 lines of prose without checksum; the first line is cut.
  const LineCounts second = count_lines(text("nmea-airmar-110wx/Dec_28_2024_60979729_0183.LOG"));
  EXPECT_EQ(second.used, 308);
  EXPECT_EQ(second.unused, 23);
  EXPECT_EQ(second.refused, (std::map<std::string, int>{{"bad_checksum", 1}, {"no_checksum", 10}}));
}

}  // namespace
}  // namespace wayside::edge
