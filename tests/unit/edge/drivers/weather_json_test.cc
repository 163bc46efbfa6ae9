// Proves the two JSON decoders: Sensor.Community's texts, and the Kafka REST proxy's envelopes record by record.
#include <gtest/gtest.h>

#include "edge/drivers/kafka_rest.h"
#include "edge/drivers/weather_sensor_community.h"
#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

constexpr std::string_view kAir =
    R"({"esp8266id": "4711", "software_version": "NRZ-2020-129", "sensordatavalues":[{"value_type":"SDS_P1","value":"7.50"},)"
    R"({"value_type":"SDS_P2","value":"3.25"},{"value_type":"BME280_temperature","value":"20.47"},)"
    R"({"value_type":"BME280_pressure","value":"98765.43"},{"value_type":"BME280_humidity","value":"69.02"},)"
    R"({"value_type":"samples","value":"4222662"},{"value_type":"signal","value":"-94"}]})";

TEST(SensorCommunity, decodes_texts_and_pascal) {
  const auto decoded = decode_sensor_community(kAir, "esp8266-4711", "");
  expect_upload(decoded, {{"pm10_ug_m3", 7.5},
                          {"pm2p5_ug_m3", 3.25},
                          {"air_temperature_C", 20.47},
                          {"surface_air_pressure_hPa", 987.6543},  // 98765.43 Pa
                          {"relative_humidity_pct", 69.02}});
  EXPECT_EQ(std::get<WeatherUpload>(decoded).keys, (std::vector<std::string>{"esp8266-4711", "esp8266-4711"}));
}

TEST(SensorCommunity, knows_the_other_sensors_prefixes_and_none) {
  for (const char* name : {"temperature", "DHT_temperature", "HTU21D_temperature", "BMP_temperature", "SHT3X_temperature"}) {
    expect_upload(decode_sensor_community(
                      R"({"sensordatavalues":[{"value_type":")" + std::string(name) + R"(","value":"4.5"}]})", "esp8266-1", ""),
                  {{"air_temperature_C", 4.5}});
  }
  expect_upload(
      decode_sensor_community(R"({"esp8266id":4711,"sensordatavalues":[{"value_type":"GPS_height","value":"4.5"}]})", "", ""),
      {});
}

TEST(SensorCommunity, takes_the_password_from_basic_authorization) {
  const auto decoded = decode_sensor_community(kAir, "", "Basic dXNlcjpvcGVuOnNlc2FtZQ==");  // user:open:sesame
  EXPECT_EQ(std::get<WeatherUpload>(decoded).password, "open:sesame");
  EXPECT_EQ(std::get<WeatherUpload>(decode_sensor_community(kAir, "", "Basic")).password, "");  // a real device sends that
  EXPECT_EQ(std::get<WeatherUpload>(decode_sensor_community(kAir, "", "Basic !!")).password, "");
}

TEST(SensorCommunity, refuses_other_json) {
  for (const char* body : {"", "{", "[]", "{}", R"({"sensordatavalues":{}})", R"({"sensordatavalues":[]})"}) {
    expect_refused(decode_sensor_community(body, "", ""), FrameReason::kBadRequest);
  }
  expect_upload(
      decode_sensor_community(R"({"sensordatavalues":[1,{"value_type":7},{"value_type":"temperature","value":{}}]})", "x", ""),
      {});
}

constexpr std::string_view kAvro = "application/vnd.kafka.avro.v2+json";

TEST(KafkaRest, decodes_each_record_by_itself) {
  const auto result = decode_kafka_rest("weather", kAvro,
                                        R"({"key_schema":"s","value_schema":"s","records":[
          {"key":{"timestamp":1792656000000},"value":{"temperature":50.0,"status":"sunny"}},
          {"value":{"temperature":"warm"}},
          {"key":{"timestamp":"soon"},"value":{"temperature":212,"status":"frogs"}},
          7]})",
                                        10);
  const auto& records = std::get<std::vector<PushedUpload>>(result);
  ASSERT_EQ(records.size(), 4U);
  expect_upload(records[0], {{"air_temperature_C", 10.0}, {"weather_condition", "sunny"}});
  EXPECT_EQ(std::get<WeatherUpload>(records[0]).keys, std::vector<std::string>{"topics/weather"});
  EXPECT_EQ(std::get<WeatherUpload>(records[0]).device_time, UtcTime::from_seconds(1'792'656'000));
  expect_refused(records[1], FrameReason::kNotANumber);
  expect_upload(records[2], {});  // 100 °C and frogs lie outside the contract
  EXPECT_TRUE(std::get<WeatherUpload>(records[2]).device_time_unreadable);
  EXPECT_EQ(std::get<WeatherUpload>(records[2]).fields.dropped().size(), 2U);
  expect_refused(records[3], FrameReason::kBadRequest);
}

TEST(KafkaRest, refuses_a_whole_request_that_is_none) {
  const auto reason = [](std::string_view type, std::string_view body) {
    const auto result = decode_kafka_rest("weather", type, body, 2);
    const auto* refusal = std::get_if<FrameRefusal>(&result);
    return refusal == nullptr ? "accepted" : std::string(to_text(refusal->reason));
  };
  EXPECT_EQ(reason(kAvro, "{"), "bad_request");
  EXPECT_EQ(reason(kAvro, "[]"), "bad_request");
  EXPECT_EQ(reason(kAvro, R"({"records":[]})"), "bad_request");
  EXPECT_EQ(reason(kAvro, R"({"records":[{},{},{}]})"), "too_large");
  EXPECT_EQ(reason("application/vnd.kafka.binary.v2+json", R"({"records":[{"value":"AA=="}]})"), "unsupported_frame");
}

}  // namespace
}  // namespace wayside::edge
