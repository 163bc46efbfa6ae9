// Proves the mqtt_in driver on messages of the shapes that Tasmota, Zigbee2MQTT and rtl_433 document, with values worked out by
// hand. The real broker is in tests/integration/agent_drivers_test.py.
#include "edge/drivers/mqtt_in.h"

#include <gtest/gtest.h>

#include "edge/drivers/mqtt_message.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

const char* const kTasmota =
    R"({"Time":"2026-11-20T08:11:33","AHT1X-0x38":{"Temperature":76.46,"Humidity":61.9,"DewPoint":null},"TempUnit":"F"})";

std::string_view reason(std::string_view payload, const std::vector<MqttInValue>& values,
                        const std::vector<MqttInMatch>& matches = {}) {
  const auto decoded = decode_mqtt_message(payload, values, matches);
  if (std::holds_alternative<std::monostate>(decoded)) return "other";
  return std::holds_alternative<MqttInReason>(decoded) ? to_text(std::get<MqttInReason>(decoded)) : "";
}

TEST(MqttMessage, takes_numbers_from_where_the_pointers_say) {
  const auto decoded = decode_mqtt_message(kTasmota,
                                           {{"air_temperature_C", "/AHT1X-0x38/Temperature", 5.0 / 9, -160.0 / 9},
                                            {"relative_humidity_pct", "/AHT1X-0x38/Humidity", 1, 0},
                                            {"dew_point_temperature_C", "/AHT1X-0x38/DewPoint", 1, 0},
                                            {"wind_speed_m_s", "/nowhere/0/-", 1, 0}},
                                           {{"/TempUnit", "F"}});
  ASSERT_TRUE(std::holds_alternative<MqttInWeather>(decoded));
  expect_values(std::get<MqttInWeather>(decoded).fields.json(), {{"air_temperature_C", 24.7}, {"relative_humidity_pct", 61.9}});
}

TEST(MqttMessage, takes_a_message_that_is_a_number_and_numbers_in_texts) {
  const auto alone = decode_mqtt_message("8.0", {{"air_temperature_C", "", 1, 0}}, {});
  expect_values(std::get<MqttInWeather>(alone).fields.json(), {{"air_temperature_C", 8.0}});
  const auto text = decode_mqtt_message(R"({"values":["12","7.5"],"a/b":3})",
                                        {{"air_temperature_C", "/values/1", 1, 0},
                                         {"wind_speed_m_s", "/a~1b", 1, 0},
                                         {"precipitation_total_mm", "/values/0", 25.4, 0}},
                                        {});
  expect_values(std::get<MqttInWeather>(text).fields.json(), {{"air_temperature_C", 7.5}, {"wind_speed_m_s", 3.0}});
  EXPECT_NEAR(std::get<MqttInWeather>(text).rain->mm, 304.8, 1e-9);
}

TEST(MqttMessage, refuses_what_it_cannot_read_and_leaves_what_is_anothers) {
  const std::vector<MqttInValue> values{{"air_temperature_C", "/temperature", 1, 0}};
  EXPECT_EQ(reason("Online", values), "bad_json");
  EXPECT_EQ(reason("{\"temperature\":", values), "bad_json");
  EXPECT_EQ(reason("[1]", values), "bad_json");
  EXPECT_EQ(reason("{\"humidity\":4}", values), "no_values");
  EXPECT_EQ(reason("{\"temperature\":null}", values), "no_values");
  EXPECT_EQ(reason("{\"temperature\":{\"deep\":1}}", values), "no_values");
  EXPECT_EQ(reason("21", values), "no_values");
  for (const char* pointer : {"/a/", "/a/99999999999999999999", "/a/01", "/a/-"}) {
    EXPECT_EQ(reason("{\"a\":[1]}", {{"air_temperature_C", pointer, 1, 0}}), "no_values") << pointer;
  }
  EXPECT_EQ(reason("{\"temperature\":4,\"model\":\"A\",\"id\":118}", values, {{"/model", "A"}, {"/id", "118"}}), "");
  EXPECT_EQ(reason("{\"temperature\":4,\"model\":\"A\",\"id\":119}", values, {{"/model", "A"}, {"/id", "118"}}), "other");
  EXPECT_EQ(reason("{\"temperature\":4}", values, {{"/model", "A"}}), "other");
}

TEST(MqttMessage, knows_a_pointer_when_it_sees_one) {
  for (const char* good : {"", "/", "/a/b", "/a~0b~1c"}) EXPECT_TRUE(valid_pointer(good)) << good;
  for (const char* bad : {"a", "a/b", "/~", "/a~2"}) EXPECT_FALSE(valid_pointer(bad)) << bad;
  EXPECT_FALSE(parse_match("model=A"));
  EXPECT_FALSE(parse_match("/model"));
  EXPECT_EQ(parse_match("/a=b=c")->text, "b=c");
}

constexpr const char* kSettings = R"(
[broker]
port = 1
[[topic]]
filter = "rtl_433/+/events"
match = ["/model=Rain-1"]
silent_after_s = 60
station_id = "hill"
lat = 1.0
lon = 2.0
[[topic.value]]
field = "precipitation_total_mm"
pointer = "/rain_mm"
[[topic]]
filter = "tele/roof/SENSOR"
station_id = "roof"
lat = 1.0
lon = 2.0
[[topic.value]]
field = "air_temperature_C"
pointer = "/AHT1X-0x38/Temperature"
)";

class MqttInTest : public testing::Test {
 protected:
  MqttInTest() {
    const Status loaded = load_settings(settings_, kSettings, {});
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    driver_ = std::make_unique<MqttInDriver>(settings_, host_);
  }

  FakeHost host_;
  MqttInSettings settings_;
  std::unique_ptr<MqttInDriver> driver_;
};

TEST_F(MqttInTest, takes_the_devices_of_the_settings_without_repeats_and_retained_messages) {
  const std::string rain = R"({"model":"Rain-1","rain_mm":4.5})";
  driver_->take({"rtl_433/pi/events", rain, true});  // from before: nobody knows when
  driver_->take({"rtl_433/pi/events", rain});
  driver_->take({"rtl_433/pi/events", rain});
  host_.fake_clock.now.ms += 2000;
  driver_->take({"rtl_433/pi/events", rain});
  driver_->take({"rtl_433/pi/events", R"({"model":"Rain-2","rain_mm":4.5})"});
  driver_->take({"tele/roof/SENSOR", R"({"AHT1X-0x38":{"Temperature":24.7}})"});
  driver_->take({"tele/roof/LWT", "Online"});
  driver_->take({"tele/roof/SENSOR", "Online"});
  driver_->take({"tele/roof/SENSOR", std::string(70'000, ' ')});
  ASSERT_EQ(host_.observations.size(), 3U);
  expect_values(host_.observations[0].values, {{"precipitation_total_mm", 4.5}, {"counter_id", std::string("mqtt/20261022")}});
  EXPECT_EQ(host_.observations[2].station_id, "roof");
  EXPECT_EQ(driver_->counts().at("repeats"), 1U);
  EXPECT_EQ(driver_->counts().at("retained"), 1U);
  EXPECT_EQ(driver_->counts().at("other_messages"), 2U);
  ASSERT_EQ(host_.refusals.size(), 2U);
  EXPECT_EQ(host_.refusals[0].reason, "bad_json");
  EXPECT_EQ(host_.refusals[1].reason, "too_large");
}

TEST_F(MqttInTest, calls_a_silent_device_a_fault) {
  host_.fake_clock.now.ms += 61'000;
  driver_->check_silence();
  EXPECT_EQ(host_.state, "silent: rtl_433/+/events");
}

TEST_F(MqttInTest, says_that_the_broker_is_away_and_stops_at_once) {
  ASSERT_TRUE(driver_->start().ok());
  run_until(host_.io, [&] { return host_.state.find("127.0.0.1:1: connect: Connection refused") != std::string::npos; });
}

TEST(MqttInSettings, say_what_cannot_work) {
  const auto refused = [](std::string toml, const std::string& from, const std::string& to) {
    toml.replace(toml.find(from), from.size(), to);
    MqttInSettings settings;
    const Status loaded = load_settings(settings, toml, {});
    return loaded.ok() ? "" : loaded.error().message;
  };
  EXPECT_NE(refused(kSettings, "rtl_433/+/events", "rtl_433/#/events").find("filter: is no topic filter"), std::string::npos);
  EXPECT_NE(refused(kSettings, "/model=Rain-1", "model").find("match: is no pointer=text (got model)"), std::string::npos);
  EXPECT_NE(refused(kSettings, "\"/rain_mm\"", "\"rain_mm\"").find("pointer: is no JSON pointer (got rain_mm)"),
            std::string::npos);
  EXPECT_NE(refused(kSettings, "precipitation_total_mm", "rain").find("is no number of stream weather (got rain)"),
            std::string::npos);
}

}  // namespace
}  // namespace wayside::edge
