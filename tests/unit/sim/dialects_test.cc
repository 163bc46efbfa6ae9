// Proves each upload dialect against the documented uploads of real devices, and that what a device claims to have said
// (contract units) is what the rounded text on the wire says.

#include "firmware-sim/dialects/dialect.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "firmware-sim/dialects/airrohr.h"

namespace wayside::sim {
namespace {

using Json = nlohmann::json;
constexpr UtcTime kDocumentedTime = UtcTime::from_seconds(1'451'941'355);  // 2016-01-04 21:02:35

WeatherSample weather() {
  WeatherSample w;
  w.air_temperature_C = 6.28;  // 43.3 °F
  w.relative_humidity_pct = 98;
  w.dew_point_temperature_C = 6.0;
  w.sea_level_pressure_hPa = 983.8;
  w.surface_pressure_hPa = 981.1;
  w.wind_speed_m_s = 2;
  w.wind_gust_m_s = 3;
  w.wind_from_deg = 129;
  w.rain.year = 23.2;
  w.rain.day = 1;
  w.solar_W_m2 = 120.5;
  w.uv_index = 2;
  w.condition = "cloudy";
  return w;
}

class Dialects : public testing::Test {
 protected:
  Upload write(const char* name, const std::vector<std::string>& faults = {}, std::uint64_t number = 0) {
    const auto plan = parse_faults(faults);
    EXPECT_TRUE(plan.ok());
    Faults drawn(*plan, name, Random(4), {Fault::kCorrupt, Fault::kMissing, Fault::kSentinel});
    const Dialect* dialect = find_dialect(name);
    device_.key = dialect->default_key;
    return dialect->write({weather_, device_, kDocumentedTime, number, drawn});
  }

  static std::string bytes(const Upload& upload) {
    return std::accumulate(upload.segments.begin(), upload.segments.end(), std::string());
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  WeatherSample weather_ = weather();
  DeviceIdentity device_{"", "PASSWORD", "example.org", "", DateStyle::kHabit};
};

TEST_F(Dialects, writes_dates_with_and_without_leading_zeros) {
  EXPECT_EQ(utc_date(kDocumentedTime, false), "2016-1-4 21:2:35");
  EXPECT_EQ(utc_date(kDocumentedTime, true), "2016-01-04 21:02:35");
  EXPECT_EQ(utc_date(UtcTime{0}, false), "1970-1-1 0:0:0");
  EXPECT_EQ(utc_date(UtcTime::from_seconds(1'604'217'605), false), "2020-11-1 8:0:5");
}

TEST_F(Dialects, writes_the_weather_underground_upload) {
  const Upload upload = write("wu");
  const std::string text = bytes(upload);
  EXPECT_TRUE(
      text.starts_with("GET /weatherstation/updateweatherstation.php?ID=KPOST1&PASSWORD=PASSWORD&tempf=43.3&humidity=98&"))
      << text;
  EXPECT_TRUE(
      has(text,
          "&dateutc=2016-1-4%2021:2:35&softwaretype=Weather%20logger%20V2.1.9&action=updateraw&realtime=1&rtfreq=5 HTTP/1.1"));
  EXPECT_TRUE(has(text, "&baromin=29.05&"));
  EXPECT_EQ(upload.observed_at, kDocumentedTime);
  const Json said = Json::parse(upload.contract_values);
  EXPECT_NEAR(said["air_temperature_C"].get<double>(), (43.3 - 32) / 1.8, 1e-9);
  EXPECT_NEAR(said["air_pressure_at_mean_sea_level_hPa"].get<double>(), 29.05 * 33.8639, 0.01);
  EXPECT_NEAR(said["precipitation_total_mm"].get<double>(), 0.91 * 25.4, 1e-9);
}

TEST_F(Dialects, leaves_the_time_to_the_receiver_when_told) {
  device_.dates = DateStyle::kNow;
  const Upload upload = write("wu");
  EXPECT_TRUE(has(bytes(upload), "&dateutc=now&"));
  EXPECT_FALSE(upload.observed_at.has_value());
}

TEST_F(Dialects, writes_the_metric_twin_with_other_names) {
  const std::string text = bytes(write("wu-metric"));
  EXPECT_TRUE(text.starts_with("GET /weatherstation/updateweatherstation.asp?ID=KPOST2&")) << text;
  EXPECT_TRUE(has(text, "&outtemp=6.3&") && has(text, "&windspeed=7.2&") && has(text, "&relbaro=983.8&"));
  EXPECT_TRUE(has(text, " HTTP/1.0\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST_F(Dialects, cuts_the_acurite_request_into_seven_segments) {
  const Upload wind = write("acurite");
  ASSERT_EQ(wind.segments.size(), 7u);
  EXPECT_EQ(wind.segments[0], "GET /weatherstation/updateweatherstation?dateutc=now&action=updateraw&realtime=1");
  EXPECT_EQ(wind.segments[6], "\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has(bytes(wind), "&mt=5N1x31&sensor=00003301&windspeedmph=4&winddir=129&rainin="));
  EXPECT_TRUE(has(bytes(wind), "&battery=normal&rssi=2 HTTP/1.1\r\nHost: example.org\r\n"));
  EXPECT_TRUE(Json::parse(wind.contract_values).contains("surface_air_pressure_hPa")) << "its baromin is no sea level";
  const std::string air = bytes(write("acurite", {}, 1));
  EXPECT_TRUE(has(air, "&mt=5N1x38&") && has(air, "&humidity=98&tempf=43.3&"));
}

TEST_F(Dialects, writes_the_ecowitt_form) {
  const Upload upload = write("ecowitt");
  const std::string body = upload.segments.at(1);
  EXPECT_TRUE(has(upload.segments[0], "Content-Length: " + std::to_string(body.size()) + "\r\n"));
  EXPECT_TRUE(body.starts_with("PASSKEY=8F2D0C11A94E4B7C9D35E60712AB43F0&stationtype=GW2000A_V2.1.5&runtime="));
  EXPECT_TRUE(has(body, "&dateutc=2016-01-04+21:02:35&")) << body;
  EXPECT_TRUE(has(body, "&baromrelin=29.052&") && has(body, "&yearlyrainin=0.913&"));
}

TEST_F(Dialects, writes_the_documented_airrohr_body_of_481_bytes) {
  WireFields fields;
  fields.outdoor("SDS_P1", 0.4, kSame, 2);
  fields.outdoor("SDS_P2", 0.2, kSame, 2);
  fields.outdoor("BME280_temperature", 20.47, kSame, 2);
  fields.outdoor("BME280_pressure", 1006.1325, kPascal, 2, "surface_air_pressure_hPa");
  fields.outdoor("BME280_humidity", 69.02, kSame, 2);
  fields.text("samples", "4222662");
  fields.text("min_micro", "32");
  fields.text("max_micro", "3301275");
  fields.text("signal", "-94");
  const std::string body = airrohr_body("12331981", fields);
  EXPECT_EQ(body.size(), 481u);
  EXPECT_TRUE(has(
      body,
      R"({"esp8266id": "12331981", "software_version": "NRZ-2020-129", "sensordatavalues":[{"value_type":"SDS_P1","value":"0.40"})"));
  EXPECT_TRUE(has(body, R"({"value_type":"BME280_pressure","value":"100613.25"})"));
  EXPECT_NEAR(Json::parse(fields.contract_values())["surface_air_pressure_hPa"].get<double>(), 1006.1325, 1e-9);
  EXPECT_TRUE(Json::parse(bytes(write("airrohr")).substr(bytes(write("airrohr")).find("\r\n\r\n"))).is_object());
}

TEST_F(Dialects, writes_the_kafka_rest_envelopes) {
  const Upload plain = write("kafka-rest");
  EXPECT_TRUE(plain.segments[0].starts_with("POST /topics/weather HTTP/1.1\r\n"));
  EXPECT_TRUE(has(plain.segments[0], "Content-Type: application/vnd.kafka.json.v2+json\r\n"));
  const Json envelope = Json::parse(plain.segments[1]);
  EXPECT_EQ(envelope["records"][0]["value"], Json::parse(R"({"temperature":43.3,"status":"cloudy"})"));
  EXPECT_EQ(envelope["records"][0]["key"]["timestamp"], kDocumentedTime.ms);
  const Upload avro = write("kafka-rest-avro");
  EXPECT_TRUE(has(avro.segments[0], "application/vnd.kafka.avro.v2+json"));
  const Json schema = Json::parse(Json::parse(avro.segments[1])["value_schema"].get<std::string>());
  EXPECT_EQ(schema["fields"][0]["name"], "temperature");
}

TEST_F(Dialects, says_minus_9999_for_a_lost_outdoor_sensor) {
  const Upload upload = write("wu", {"sentinel=1"});
  const std::string text = bytes(upload);
  EXPECT_TRUE(has(text, "tempf=-9999&humidity=-9999&") && has(text, "&UV=-9999&"));
  EXPECT_FALSE(has(text, "baromin=-9999"));
  const Json said = Json::parse(upload.contract_values);
  EXPECT_FALSE(said.contains("air_temperature_C"));
  EXPECT_TRUE(said.contains("air_pressure_at_mean_sea_level_hPa"));
}

TEST_F(Dialects, does_not_claim_fields_that_it_left_out_or_damaged) {
  const std::size_t all = Json::parse(write("ecowitt").contract_values).size();
  EXPECT_LE(Json::parse(write("ecowitt", {"missing=1"}).contract_values).size(), all);
  EXPECT_LT(write("ecowitt", {"missing=1"}).segments[1].size(), write("ecowitt").segments[1].size());
  EXPECT_TRUE(has(bytes(write("wu", {"corrupt=1"})), "%23%21"));
  const std::string cut = write("airrohr", {"corrupt=1"}).segments[1];
  EXPECT_TRUE(Json::parse(cut, nullptr, false).is_discarded());
}

}  // namespace
}  // namespace wayside::sim
