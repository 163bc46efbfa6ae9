// Proves the listener as a device sees it, over real TCP on a free loopback port, with a host that commits at once, later
// or never: what is answered and when, what is counted, and that no secret leaves the request.
#include "edge/drivers/http_push.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/tcp_client.h"

namespace wayside::edge {
namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kPath = "/weatherstation/updateweatherstation.php";
constexpr const char* kPasskey = "0123456789abcdef0123456789abcdef";
const std::string kGoodUpload = std::string(kPath) + "?ID=KPOST1&PASSWORD=sesame&dateutc=now&tempf=50.0";

class HttpPushTest : public testing::Test {
 protected:
  HttpPushTest() {
    settings_.listen = "127.0.0.1:0";
    add("KPOST1", "post-1").password = Secret("sesame");
    HttpPushDevice& gateway = add("", "post-2");
    gateway.secret_key = Secret(kPasskey);
    add("esp8266-4711", "post-3");
    add("topics/weather", "post-4");
    add("24C86E000001", "post-5");
    add("24C86E000001/00000007", "post-6");
    EXPECT_TRUE(settings_.validate().ok());
    EXPECT_TRUE(driver_.start().ok());
  }

  HttpPushDevice& add(const std::string& key, const std::string& station_id) {
    settings_.devices.push_back(std::make_unique<HttpPushDevice>());
    HttpPushDevice& device = *settings_.devices.back();
    device.key = key;
    device.station.station_id = station_id;
    device.station.lat = 47.1;
    device.station.lon = 8.2;
    return device;
  }

  std::string exchange(const std::string& request) {
    TcpClient client(host_.io, driver_.port());
    client.send(request);
    return client.receive();
  }
  std::uint64_t refused(FrameReason reason) const { return driver_.counters().refused[static_cast<std::size_t>(reason)]; }

  FakeHost host_;
  HttpPushSettings settings_;
  HttpPushDriver driver_{settings_, host_};
};

TEST_F(HttpPushTest, announces_its_stations) {
  ASSERT_EQ(host_.announced.size(), 6U);
  EXPECT_EQ(
      host_.announced[0].json,
      R"({"station_id":"post-1","kind":"weather","name":"post-1","lat":47.1,"lon":8.2,"streams":{"weather":{"report_interval_s":60}}})");
  EXPECT_EQ(host_.state, "ok");
}

TEST_F(HttpPushTest, answers_success_after_the_commit_and_not_before) {
  host_.hold = true;
  TcpClient client(host_.io, driver_.port());
  client.send(get(kGoodUpload));
  for (int i = 0; i < 1000 && host_.held.empty(); ++i) {
    host_.io.restart();
    host_.io.run_one_for(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(host_.held.size(), 1U);
  EXPECT_FALSE(client.answered());
  host_.held[0]();
  const std::string response = client.receive();
  EXPECT_EQ(status_of(response), "200");
  EXPECT_EQ(body_of(response), "success\n");
  ASSERT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(host_.observations[0].station_id, "post-1");
  EXPECT_FALSE(host_.observations[0].observed_at);  // dateutc=now: the agent's clock
  expect_values(host_.observations[0].values, {{"air_temperature_C", 10.0}});
}

TEST_F(HttpPushTest, asks_to_send_again_when_the_commit_fails) {
  host_.broken = true;
  EXPECT_EQ(status_of(exchange(get(kGoodUpload + "&yearlyrainin=1.0"))), "503");
  EXPECT_EQ(driver_.counters().not_stored, 1U);
  host_.broken = false;
  EXPECT_EQ(status_of(exchange(get(kGoodUpload + "&yearlyrainin=1.0"))), "200");
  EXPECT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(host_.kept.size(), 1U);  // the rain counter, in the same commit
}

TEST_F(HttpPushTest, takes_a_request_in_eight_segments_from_an_acurite_bridge) {
  TcpClient client(host_.io, driver_.port());
  for (const char* segment :
       {"GET /weatherstation/upd", "ateweatherstation?dateutc=now&action=updateraw&realtime=1",
        "&id=24C86E000001&mt=tower&sensor=00000007", "&humidity=30&tempf=50.0", "&baromin=29.00&battery=normal&rssi=2",
        " HTTP/1.1\r\nHost: ", "hubapi.myacurite.com\r\nUser-Agent: Hub/224", "\r\nConnection: close\r\n\r\n"}) {
    client.send(segment);
  }
  const std::string response = client.receive();
  EXPECT_EQ(status_of(response), "200");
  const auto body = nlohmann::json::parse(body_of(response));
  EXPECT_EQ(body["checkversion"], "224");
  EXPECT_EQ(body["localtime"].get<std::string>().size(), 8U);
  ASSERT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(host_.observations[0].station_id, "post-6");  // the sensor has a station of its own
}

TEST_F(HttpPushTest, gives_a_bridges_other_sensors_to_the_bridges_station) {
  exchange(get("/weatherstation/updateweatherstation?action=updateraw&id=24C86E000001&mt=tower&sensor=00000008&tempf=50.0"));
  ASSERT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(host_.observations[0].station_id, "post-5");
}

TEST_F(HttpPushTest, takes_http_1_0) {
  const std::string response = exchange(
      "GET /weatherstation/updateweatherstation.asp?ID=kpost1&PASSWORD=sesame&outtemp=6.3&dateutc=2026-4-30%2021:5:1 "
      "HTTP/1.0\r\n\r\n");
  EXPECT_EQ(status_of(response), "200");
  EXPECT_EQ(body_of(response), "success\n");
  ASSERT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(format_rfc3339(*host_.observations[0].observed_at), "2026-04-30T21:05:01.000Z");
}

TEST_F(HttpPushTest, takes_the_weather_underground_upload_as_a_form_too) {
  EXPECT_EQ(status_of(exchange(post(kPath, kForm, "ID=KPOST1&PASSWORD=sesame&tempf=50.0\r\n"))), "200");
  ASSERT_EQ(host_.observations.size(), 1U);
}

TEST_F(HttpPushTest, takes_an_ecowitt_upload_on_any_path_and_in_any_case_of_the_passkey) {
  EXPECT_EQ(status_of(exchange(
                post("/data/report/", kForm,
                     "PASSKEY=0123456789ABCDEF0123456789ABCDEF&tempf=50.0&yearlyrainin=1.0&dateutc=2026-07-15+15:26:14"))),
            "200");
  EXPECT_EQ(status_of(exchange(get(std::string("/?PASSKEY=") + kPasskey + "&tempf=50.0"))), "200");
  ASSERT_EQ(host_.observations.size(), 2U);
  EXPECT_EQ(host_.observations[0].station_id, "post-2");
  expect_values(host_.observations[0].values,
                {{"air_temperature_C", 10.0}, {"precipitation_total_mm", 25.4}, {"counter_id", "yearlyrainin/20260715"}});
}

TEST_F(HttpPushTest, takes_sensor_community_json) {
  const std::string body = R"({"esp8266id":"4711","sensordatavalues":[{"value_type":"SDS_P1","value":"7.50"}]})";
  EXPECT_EQ(
      status_of(exchange(post("/data.php", "application/json", body, "X-Sensor: esp8266-4711\r\nAuthorization: Basic\r\n"))),
      "200");
  ASSERT_EQ(host_.observations.size(), 1U);
  expect_values(host_.observations[0].values, {{"pm10_ug_m3", 7.5}});
}

TEST_F(HttpPushTest, answers_kafka_rest_record_by_record) {
  const std::string body = R"({"records":[{"key":{"timestamp":1790000000000},"value":{"temperature":50.0,"status":"windy"}},)"
                           R"({"value":{"temperature":"warm"}},{"value":{"status":"cloudy"}}]})";
  const std::string response = exchange(post("/topics/weather", "application/vnd.kafka.avro.v2+json", body));
  EXPECT_EQ(status_of(response), "200");
  EXPECT_NE(response.find("Content-Type: application/vnd.kafka.v2+json"), std::string::npos);
  EXPECT_EQ(body_of(response),
            R"({"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null},)"
            R"({"partition":null,"offset":null,"error_code":1,"error":"not_a_number: temperature must be a number"},)"
            R"({"partition":0,"offset":1,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})"
            "\n");
  ASSERT_EQ(host_.observations.size(), 2U);
  EXPECT_EQ(host_.observations[0].observed_at->ms, 1'790'000'000'000);
  EXPECT_EQ(refused(FrameReason::kNotANumber), 1U);
  EXPECT_EQ(status_of(exchange(post("/topics/other", "application/vnd.kafka.json.v2+json", body))), "404");
  EXPECT_EQ(status_of(exchange(post("/topics/weather", "application/vnd.kafka.json.v2+json", "{}"))), "422");
  host_.broken = true;
  EXPECT_EQ(status_of(exchange(post("/topics/weather", "application/vnd.kafka.json.v2+json", body))), "503");
}

TEST_F(HttpPushTest, refuses_an_unknown_device_in_its_dialect_and_lists_it_masked) {
  const std::string response = exchange(get(std::string(kPath) + "?ID=KSTRANGER9&PASSWORD=hush&tempf=50.0"));
  EXPECT_EQ(status_of(response), "401");
  EXPECT_EQ(body_of(response), "INVALIDPASSWORDID|Password or key and/or id are incorrect\n");
  exchange(get(std::string(kPath) + "?ID=KSTRANGER9&PASSWORD=hush&tempf=51.0"));
  ASSERT_EQ(host_.unknown.size(), 2U);  // the host counts
  EXPECT_TRUE(host_.unknown[0].key_masked.starts_with("KSTR***"));
  EXPECT_EQ(host_.unknown[0].key_masked, host_.unknown[1].key_masked);
  EXPECT_NE(host_.unknown[0].hint.find("[[source.device]]\nkey = \"" + host_.unknown[0].key_masked + "\""), std::string::npos);
  EXPECT_EQ(refused(FrameReason::kUnknownDevice), 2U);
  ASSERT_EQ(host_.refusals.size(), 2U);
  EXPECT_EQ(host_.refusals[0].reason, "unknown_device");
  EXPECT_EQ(host_.refusals[0].frame.find("hush"), std::string::npos);
}

TEST_F(HttpPushTest, never_shows_a_secret) {
  EXPECT_EQ(status_of(exchange(post("/data/report/", kForm, "PASSKEY=FEDCBA9876543210FEDCBA9876543210&tempf=50.0"))), "403");
  EXPECT_EQ(status_of(exchange(get(std::string(kPath) + "?ID=KPOST1&PASSWORD=guess&tempf=50.0"))), "401");
  exchange(get(kGoodUpload));
  exchange(post("/data/report/", kForm, std::string("PASSKEY=") + kPasskey + "&tempf=warm"));
  std::string shown;
  for (const auto& frame : host_.refusals) shown += frame.reason + frame.detail + frame.frame;
  for (const auto& device : host_.unknown) shown += device.key_masked + device.hint;
  for (const auto& observation : host_.observations) shown += observation.values;
  for (const char* secret : {"FEDCBA98765", kPasskey, "guess", "sesame"})
    EXPECT_EQ(shown.find(secret), std::string::npos) << secret;
  EXPECT_NE(shown.find("key_file"), std::string::npos);
  EXPECT_EQ(refused(FrameReason::kBadPassword), 1U);
  EXPECT_EQ(refused(FrameReason::kNotANumber), 1U);
}

TEST_F(HttpPushTest, sends_a_reading_without_its_bad_values_and_counts_them) {
  EXPECT_EQ(status_of(exchange(get(kGoodUpload + "&humidity=255&winddir=north"))), "200");
  ASSERT_EQ(host_.observations.size(), 1U);
  expect_values(host_.observations[0].values, {{"air_temperature_C", 10.0}});
  EXPECT_EQ(driver_.counters().dropped_values.at("relative_humidity_pct/out_of_range"), 1U);
  EXPECT_EQ(driver_.counters().dropped_values.at("wind_from_direction_deg/not_a_number"), 1U);
  EXPECT_EQ(host_.dropped_values, 2) << "for health";
}

TEST_F(HttpPushTest, refuses_a_frame_without_any_value) {
  EXPECT_EQ(status_of(exchange(get(std::string(kPath) + "?ID=KPOST1&PASSWORD=sesame&tempf=-9999&lowbatt=1"))), "400");
  EXPECT_EQ(refused(FrameReason::kNoValues), 1U);
  EXPECT_TRUE(host_.observations.empty());
}

TEST_F(HttpPushTest, takes_its_own_time_when_the_devices_clock_is_wrong) {
  for (const char* time : {"1970-01-01+00:01:00", "2000-01-01+00:00:00", "2026-12-24+18:00:00", "soon"}) {
    EXPECT_EQ(status_of(exchange(get(std::string(kPath) + "?ID=KPOST1&PASSWORD=sesame&tempf=50.0&dateutc=" + time))), "200");
  }
  ASSERT_EQ(host_.observations.size(), 4U);
  for (const auto& observation : host_.observations) EXPECT_FALSE(observation.observed_at);
  EXPECT_EQ(driver_.counters().device_time.unset, 2U);
  EXPECT_EQ(driver_.counters().device_time.ahead, 1U);
  EXPECT_EQ(driver_.counters().device_time.unreadable, 1U);
  EXPECT_EQ(host_.device_clock_faults, 4) << "for health";
}

TEST_F(HttpPushTest, refuses_what_is_no_upload) {
  EXPECT_EQ(status_of(exchange(get("/favicon.ico"))), "404");
  EXPECT_TRUE(host_.refusals.empty());  // a browser's look is no frame
  EXPECT_EQ(status_of(exchange(get("/?hello=1"))), "404");
  EXPECT_EQ(status_of(exchange(post("/data.php", "application/json", "{broken"))), "400");
  EXPECT_EQ(status_of(exchange(get(std::string(kPath) + "?tempf=50.0"))), "400");
  EXPECT_EQ(status_of(exchange("PUT /topics/weather HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")), "404");
  EXPECT_EQ(status_of(exchange("complete nonsense\r\n\r\n")), "400");
  EXPECT_EQ(refused(FrameReason::kBadRequest), 6U);
  EXPECT_EQ(host_.refusals.size(), 4U);
  EXPECT_NE(host_.refusals[3].detail.find("HTTP 400"), std::string::npos) << "what is no HTTP leaves a trace too";
  EXPECT_EQ(host_.refusals[3].frame, "complete nonsense\r\n\r\n");
}

TEST_F(HttpPushTest, refuses_a_body_over_its_limit) {
  const std::string head = "POST /data/report/ HTTP/1.1\r\nContent-Length: 100000\r\n\r\n";
  EXPECT_EQ(status_of(exchange(head)), "413");
  EXPECT_EQ(refused(FrameReason::kTooLarge), 1U);
  ASSERT_EQ(host_.refusals.size(), 1U);
  EXPECT_EQ(host_.refusals[0].reason, "too_large");
  EXPECT_NE(host_.refusals[0].detail.find("HTTP 413"), std::string::npos);
  EXPECT_EQ(driver_.counts().at("bad_requests"), 1U);
}

TEST_F(HttpPushTest, hides_the_secrets_of_a_head_it_refuses) {
  exchange("GET " + kGoodUpload + " HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  ASSERT_EQ(host_.refusals.size(), 1U);
  EXPECT_EQ(host_.refusals[0].frame.find("sesame"), std::string::npos) << host_.refusals[0].frame;
}

TEST_F(HttpPushTest, tells_two_unknown_keys_of_one_beginning_apart) {
  for (const char* id : {"KSTRANGER1", "KSTRANGER2", "kstranger1"}) exchange(get(std::string(kPath) + "?tempf=50.0&ID=" + id));
  ASSERT_EQ(host_.unknown.size(), 3U);
  EXPECT_NE(host_.unknown[0].key_masked, host_.unknown[1].key_masked);
  EXPECT_EQ(host_.unknown[0].key_masked.substr(4), host_.unknown[2].key_masked.substr(4));
}

TEST_F(HttpPushTest, never_lets_a_stranger_write_into_the_lines_to_paste) {
  const std::string body = R"({"records":[{"value":{"temperature":50.0}}]})";
  const std::string answer =
      exchange(post("/topics/x%22%0A%5Bmqtt%5D%0Ahost%3D%22evil", "application/vnd.kafka.json.v2+json", body));
  EXPECT_EQ(status_of(answer), "404");
  EXPECT_NE(body_of(answer).find("40401"), std::string::npos);
  EXPECT_EQ(status_of(exchange(post("/topics/" + std::string(250, 'x'), "application/vnd.kafka.json.v2+json", body))), "404");
  EXPECT_TRUE(host_.unknown.empty());
  exchange(get(std::string(kPath) + "?tempf=50.0&ID=%22%0A%5Bq%5D"));
  exchange(post("/topics/plain_1", "application/vnd.kafka.json.v2+json", body));
  ASSERT_EQ(host_.unknown.size(), 2U);
  EXPECT_EQ(host_.unknown[0].hint.find("[q]"), std::string::npos);
  EXPECT_NE(host_.unknown[1].hint.find("key = \"topics/plain_1\"\n"), std::string::npos) << host_.unknown[1].hint;
}

TEST_F(HttpPushTest, a_device_or_an_address_that_sends_too_much_gets_429_in_its_dialect) {
  settings_.uploads_per_minute_max = 2;
  settings_.requests_per_minute_max = 7;
  HttpPushDriver driver(settings_, host_);
  ASSERT_TRUE(driver.start().ok());
  const auto ask = [&](const std::string& request) {
    TcpClient client(host_.io, driver.port());
    client.send(request);
    return client.receive();
  };
  const std::string records =
      post("/topics/weather", "application/vnd.kafka.json.v2+json", R"({"records":[{"value":{"temperature":50.0}}]})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(status_of(ask(get(kGoodUpload))), "200");
  const std::string refused_upload = ask(get(kGoodUpload));
  EXPECT_EQ(status_of(refused_upload), "429");
  EXPECT_NE(refused_upload.find("Retry-After: 30"), std::string::npos);
  EXPECT_EQ(status_of(ask(records)), "200") << "others go on";
  EXPECT_EQ(status_of(ask(records)), "200");
  EXPECT_NE(body_of(ask(records)).find("42901"), std::string::npos);
  ask(get("/"));
  EXPECT_EQ(status_of(ask(get("/"))), "429") << "the address has had its 7";
  EXPECT_NE(body_of(ask(records)).find("42901"), std::string::npos);
  host_.fake_clock.now.ms += 30'000;
  EXPECT_EQ(status_of(ask(get(kGoodUpload))), "200") << "2 a minute go on";
  EXPECT_EQ(driver.counts().at("too_many"), 4U);
  EXPECT_EQ(host_.observations.size(), 5U);
}

TEST_F(HttpPushTest, does_not_take_1970_for_the_time) {
  host_.time_known = false;
  host_.fake_clock.now = UtcTime::from_seconds(60);
  EXPECT_EQ(status_of(exchange(get(kGoodUpload + "&yearlyrainin=1.0"))), "200");
  EXPECT_EQ(status_of(exchange(get(std::string(kPath) + "?ID=KPOST1&PASSWORD=sesame&tempf=50.0&dateutc=2026-07-15+15:26:14"))),
            "200");
  ASSERT_EQ(host_.observations.size(), 2U);
  expect_values(host_.observations[0].values,
                {{"air_temperature_C", 10.0}, {"precipitation_total_mm", 25.4}, {"counter_id", "yearlyrainin/undated"}});
  ASSERT_TRUE(host_.observations[1].observed_at) << "the device knows the time";
  EXPECT_EQ(driver_.counters().device_time.ahead, 0U);
  EXPECT_EQ(body_of(exchange(get("/weatherstation/updateweatherstation?action=updateraw&id=24C86E000001&mt=tower&tempf=50.0"))),
            R"({"checkversion":"224","success":1})");
}

TEST_F(HttpPushTest, tells_a_clock_that_is_behind_from_a_backlog) {
  const auto send = [&](std::int64_t observed_s) {
    const std::string at = format_rfc3339(UtcTime::from_seconds(observed_s)).substr(0, 19);
    EXPECT_EQ(status_of(exchange(get(std::string(kPath) + "?ID=KPOST1&PASSWORD=sesame&tempf=50.0&dateutc=" + at))), "200");
  };
  std::int64_t wrong = 1'590'000'000;  // 2020
  for (int i = 0; i < 3; ++i, wrong += 60, host_.fake_clock.now.ms += 60'000) send(wrong);
  EXPECT_EQ(driver_.counters().device_time.behind, 2U);
  std::int64_t stored = host_.fake_clock.now.seconds() - 5 * 86'400;
  for (int i = 0; i < 20; ++i, stored += 60, host_.fake_clock.now.ms += 1000) send(stored);
  EXPECT_EQ(driver_.counters().device_time.behind, 2U);
  EXPECT_EQ(host_.observations.size(), 23U);
  for (const auto& observation : host_.observations) EXPECT_TRUE(observation.observed_at);
}

TEST_F(HttpPushTest, takes_a_temperature_that_is_written_as_a_text) {
  const std::string body = R"({"records":[{"value":{"temperature":"50.0"}}]})";
  EXPECT_EQ(status_of(exchange(post("/topics/weather", "application/vnd.kafka.json.v2+json", body))), "200");
  ASSERT_EQ(host_.observations.size(), 1U);
  expect_values(host_.observations[0].values, {{"air_temperature_C", 10.0}});
}

TEST_F(HttpPushTest, cannot_start_on_a_port_that_is_taken) {
  HttpPushSettings again;
  again.listen = "127.0.0.1:" + std::to_string(driver_.port());
  const DriverEntry entry = http_push_driver();
  const auto second = entry.make(again, host_);
  const Status started = second->start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find(again.listen), std::string::npos);
}

std::string settings_error(const std::string& toml) {
  HttpPushSettings settings;
  const Status loaded = load_settings(settings, toml, {});
  return loaded.ok() ? "" : loaded.error().message;
}

TEST(HttpPushSettings, hold_what_a_device_needs) {
  const std::string good = "[[device]]\nkey = \"K1\"\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n";
  EXPECT_EQ(settings_error("listen = \"127.0.0.1:1\"\n" + good), "");
  EXPECT_NE(settings_error("[[device]]\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n").find("key: give either"),
            std::string::npos);
  EXPECT_NE(settings_error(good + "[[device]]\nkey = \"k1\"\nstation_id = \"b\"\nlat = 1.0\nlon = 2.0\n").find("same key"),
            std::string::npos);
  EXPECT_NE(
      settings_error(good + "[[device]]\nkey = \"K2\"\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n").find("same station_id"),
      std::string::npos);
  EXPECT_NE(settings_error("[[device]]\nkey = \"K1\"\nstation_id = \"a b\"\nlat = 1.0\nlon = 2.0\n").find("station_id"),
            std::string::npos);
}

TEST(HttpPushSettings, refuse_a_key_that_is_still_masked) {
  for (const char* key : {"KCAS***", "KCAS***1f3a"}) {
    const std::string error =
        settings_error("[[device]]\nkey = \"" + std::string(key) + "\"\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n");
    EXPECT_NE(error.find("is masked"), std::string::npos) << error;
  }
}

TEST(HttpPushSettings, want_a_passkey_in_a_file) {
  const std::string error =
      settings_error("[[device]]\nkey = \"" + std::string(kPasskey) + "\"\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n");
  EXPECT_NE(error.find("is a PASSKEY"), std::string::npos);
  EXPECT_EQ(error.find(kPasskey), std::string::npos);
}

}  // namespace
}  // namespace wayside::edge
