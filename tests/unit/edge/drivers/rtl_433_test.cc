// Proves the rtl_433 driver on lines of its documented shape, with values worked out by hand (m/s = km/h / 3.6 = mph * 0.44704,
// mm = inch * 25.4), on recorded lines, and on what the real rtl_433 prints for a recorded code.
#include "edge/drivers/rtl_433.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "edge/drivers/rtl_433_line.h"
#include "tests/unit/edge/drivers/captures.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

RtlMessage message(std::string_view line) {
  auto decoded = decode_rtl_433(line);
  if (std::holds_alternative<RtlReason>(decoded)) {
    ADD_FAILURE() << to_text(std::get<RtlReason>(decoded)) << ": " << line;
    return {};
  }
  return std::get<RtlMessage>(std::move(decoded));
}

void expect_refused(std::string_view line, RtlReason reason) {
  const auto decoded = decode_rtl_433(line);
  ASSERT_TRUE(std::holds_alternative<RtlReason>(decoded)) << line;
  EXPECT_EQ(to_text(std::get<RtlReason>(decoded)), to_text(reason)) << line;
}

TEST(Rtl433Line, reads_a_weather_station_in_si_units) {
  const RtlMessage read = message(
      R"({"time" : "2026-11-20T08:11:33", "model" : "Wind-7", "id" : 31, "channel" : 2, "battery_ok" : 1, "temperature_C" : -4.2,
          "humidity" : 66, "wind_dir_deg" : 202.5, "wind_avg_km_h" : 9.0, "wind_max_km_h" : 18.0, "rain_mm" : 41.6,
          "pressure_hPa" : 987.5, "light_klx" : 12.5, "uvi" : 2.5, "uv" : 900, "rain_rate_mm_h" : 1.2, "mic" : "CRC"})");
  EXPECT_EQ(read.model, "Wind-7");
  EXPECT_EQ(read.id, "31");
  EXPECT_EQ(read.channel, "2");
  expect_values(read.fields.json(), {{"air_temperature_C", -4.2},
                                     {"relative_humidity_pct", 66.0},
                                     {"wind_from_direction_deg", 202.5},
                                     {"wind_speed_m_s", 2.5},
                                     {"wind_speed_of_gust_m_s", 5.0},
                                     {"surface_air_pressure_hPa", 987.5},
                                     {"illuminance_lx", 12500.0},
                                     {"ultraviolet_index", 2.5},
                                     {"precipitation_rate_mm_h", 1.2},
                                     {"battery_low", false}});
  ASSERT_TRUE(read.rain);
  EXPECT_EQ(read.rain->counter, "rain_mm");
  EXPECT_DOUBLE_EQ(read.rain->mm, 41.6);
}

TEST(Rtl433Line, reads_imperial_units_and_older_names) {
  const RtlMessage imperial = message(
      R"({"model":"Atlas","id":"a7","channel":"A","temperature_F":71.1,"wind_avg_mi_h":10,"wind_max_mi_h":20,"rain_in":0.66,"battery_ok":0})");
  expect_values(imperial.fields.json(), {{"air_temperature_C", 21.7222},  // (71.1 - 32) / 1.8
                                         {"wind_speed_m_s", 4.4704},
                                         {"wind_speed_of_gust_m_s", 8.9408},
                                         {"battery_low", true}});
  EXPECT_NEAR(imperial.rain->mm, 16.764, 1e-9);
  EXPECT_EQ(imperial.rain->counter, "rain_in");
  const RtlMessage older =
      message(R"({"model":"5in1","id":9,"wind_speed":2.0,"wind_gust":2.4,"wind_direction":90,"battery":"LOW"})");
  expect_values(
      older.fields.json(),
      {{"wind_speed_m_s", 2.0}, {"wind_speed_of_gust_m_s", 2.4}, {"wind_from_direction_deg", 90.0}, {"battery_low", true}});
  const RtlMessage both = message(R"({"model":"x","wind_speed":99,"wind_avg_m_s":1.5,"wind_speed_kph":36})");
  expect_values(both.fields.json(), {{"wind_speed_m_s", 1.5}});
}

TEST(Rtl433Line, refuses_what_it_cannot_read) {
  expect_refused("{\"model\":\"x\"", RtlReason::kBadJson);
  expect_refused("rtl_433 version 22.11", RtlReason::kBadJson);
  expect_refused("[]", RtlReason::kBadJson);
  expect_refused(R"({"model":7.5})", RtlReason::kBadType);
  expect_refused(R"({"model":"x","id":[1]})", RtlReason::kBadType);
  expect_refused(R"({"model":"x","channel":true})", RtlReason::kBadType);
  expect_refused(R"({"time":"now","type":"stats","frames":{"count":4}})", RtlReason::kNoModel);
  const RtlMessage odd = message(R"({"model":"x","temperature_C":99999,"humidity":"wet","wind_avg_m_s":true})");
  EXPECT_EQ(odd.fields.dropped().size(), 2U);
  EXPECT_FALSE(odd.fields.has_measurement());
}

class Rtl433Test : public testing::Test {
 protected:
  std::unique_ptr<Rtl433Driver> make(const std::string& sensors,
                                     const std::string& command = "command = [\"/bin/sleep\", \"1000\"]\n") {
    const Status loaded = load_settings(settings_, command + sensors, {});
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return std::make_unique<Rtl433Driver>(settings_, host_,
                                          BackOff(std::chrono::milliseconds(1), std::chrono::milliseconds(5)));
  }
  static std::string sensor(const std::string& match, const std::string& station) {
    return "[[sensor]]\n" + match + "\nstation_id = \"" + station + "\"\nlat = 1.0\nlon = 2.0\n";
  }
  void pass(std::chrono::milliseconds time) { host_.fake_clock.now.ms += time.count(); }

  FakeHost host_;
  Rtl433Settings settings_;
};

TEST_F(Rtl433Test, leaves_repeats_out_and_takes_the_next_transmission) {
  const auto driver = make(sensor("model = \"Tower\"\nid = \"9\"", "hill"));
  const std::string line = R"({"time":"@0.1s","model":"Tower","id":9,"sequence_num":)";
  for (const char* number : {"0", "1", "2"}) {
    driver->take(line + number + R"(,"temperature_C":21.0,"humidity":73})");
    pass(std::chrono::milliseconds(300));
  }
  EXPECT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(driver->counts().at("repeats"), 2U);
  driver->take(line + R"(0,"temperature_C":21.1,"humidity":73})");  // another value: no repeat
  EXPECT_EQ(host_.observations.size(), 2U);
  pass(std::chrono::seconds(2));
  driver->take(line + R"(0,"temperature_C":21.1,"humidity":73})");  // the same, but the next transmission
  ASSERT_EQ(host_.observations.size(), 3U);
  expect_values(host_.observations[2].values, {{"air_temperature_C", 21.1}, {"relative_humidity_pct", 73.0}});
  EXPECT_EQ(host_.observations[2].station_id, "hill");
}

TEST_F(Rtl433Test, gives_rain_a_counter_id_that_changes_when_the_total_goes_back) {
  const auto driver = make(sensor("model = \"Rain\"", "hill"));
  driver->take(R"({"model":"Rain","id":1,"rain_mm":41.6})");
  driver->take(R"({"model":"Rain","id":1,"rain_mm":0.4})");
  ASSERT_EQ(host_.observations.size(), 2U);
  expect_values(host_.observations[0].values,
                {{"precipitation_total_mm", 41.6}, {"counter_id", std::string("rain_mm/20261022")}});
  expect_values(host_.observations[1].values,
                {{"precipitation_total_mm", 0.4}, {"counter_id", std::string("rain_mm/20261022.2")}});
}

TEST_F(Rtl433Test, takes_listed_sensors_only_and_shows_the_others) {
  const auto driver = make(sensor("model = \"Tower\"\nchannel = \"B\"", "hill"));
  driver->take(R"({"model":"Tower","id":9,"channel":"A","temperature_C":21.0})");
  driver->take("{\"model\":\"Spy\\\"\\nlat\",\"id\":\"x\",\"temperature_C\":21.0}");
  driver->take(R"({"model":"Tower","id":1234,"channel":"B","temperature_C":21.0})");
  driver->take(R"({"type":"stats"})");
  EXPECT_EQ(host_.observations.size(), 1U);
  EXPECT_EQ(driver->counts().at("other_sensors"), 2U);
  EXPECT_EQ(driver->counts().at("other_lines"), 1U);
  EXPECT_TRUE(host_.refusals.empty());
  ASSERT_EQ(host_.unknown.size(), 2U);
  EXPECT_EQ(host_.unknown[0].key_masked, "Tower/9/A");
  EXPECT_EQ(host_.unknown[0].hint,
            "[[source.sensor]]\nmodel = \"Tower\"\nid = \"9\"\nchannel = \"A\"\nstation_id = \"\"\nlat = 0.0\nlon = 0.0\n");
  EXPECT_NE(host_.unknown[1].hint.find("model = \"Spy\\\"?lat\"\n"), std::string::npos) << host_.unknown[1].hint;
}

TEST_F(Rtl433Test, calls_a_silent_sensor_a_fault_until_it_speaks) {
  const auto driver = make(sensor("model = \"A\"\nsilent_after_s = 60", "a") + sensor("model = \"B\"\nid = \"4\"", "b"));
  driver->take(R"({"model":"A","temperature_C":1})");
  EXPECT_EQ(host_.state, "ok");
  pass(std::chrono::seconds(61));
  driver->take(R"({"model":"B","id":4,"temperature_C":1})");
  EXPECT_EQ(host_.state, "silent: A/*");
  EXPECT_EQ(driver->counts().at("silent_sensors"), 1U);
  driver->take(R"({"model":"A","temperature_C":1})");
  EXPECT_EQ(host_.state, "ok");
  pass(std::chrono::seconds(301));
  driver->check_silence();
  EXPECT_EQ(host_.state, "silent: A/*, B/4");
}

TEST_F(Rtl433Test, refuses_bad_lines_for_their_reason) {
  const auto driver = make(sensor("model = \"A\"", "a"));
  driver->take("{\"model\":");
  driver->take(R"({"model":"A","humidity":900})");
  driver->take(std::string(9000, ' '));
  ASSERT_EQ(host_.refusals.size(), 3U);
  EXPECT_EQ(host_.refusals[0].reason, "bad_json");
  EXPECT_EQ(host_.refusals[1].reason, "no_values");
  EXPECT_EQ(host_.refusals[2].reason, "too_long");
  EXPECT_EQ(host_.dropped_values, 1);
}

TEST_F(Rtl433Test, reads_a_pipe_through_cat) {
  const std::string fifo = testing::TempDir() + "rtl_433_" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto driver = make(sensor("model = \"A\"", "a"), "command = [\"cat\", \"" + fifo + "\"]\n");
  ASSERT_TRUE(driver->start().ok());
  {
    std::ofstream pipe(fifo);  // waits for the reader
    pipe << "{\"model\":\"A\",\"temperature_C\":1}\n";
  }
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  run_until(host_.io, [&] { return host_.state.find("ended with code 0") != std::string::npos; });
  ::unlink(fifo.c_str());
}

TEST_F(Rtl433Test, reads_what_the_real_rtl_433_decodes) {
  if (::access("/usr/bin/rtl_433", X_OK) != 0) GTEST_SKIP() << "rtl-433 is not installed";
  const std::string code = "{256}aaaaaaaa2dd4ea897fe12fdfef7fff6dfbfeff1576801ed02010800092040100";
  const auto driver = make(sensor("model = \"Bresser-5in1\"\nid = \"118\"", "hill"),
                           "command = [\"/bin/sh\", \"-c\", \"rtl_433 -c /dev/null -F json -M time:iso:utc -C si -y '" + code +
                               "' && exec sleep 1000\"]\n");
  ASSERT_TRUE(driver->start().ok());
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  expect_values(host_.observations[0].values, {{"air_temperature_C", 8.0},
                                               {"relative_humidity_pct", 92.0},
                                               {"wind_speed_of_gust_m_s", 3.0},
                                               {"wind_speed_m_s", 2.0},
                                               {"wind_from_direction_deg", 292.5},
                                               {"precipitation_total_mm", 10.4},
                                               {"counter_id", std::string("rain_mm/20261022")},
                                               {"battery_low", false}});
  EXPECT_EQ(host_.state, "ok");
}

using RtlCaptures = Captures;

TEST_F(RtlCaptures, recorded_lines_read_as_worked_out_by_hand) {
  std::istringstream lines(text("rtl_433/rtl_433_tests_samples.jsonl"));
  std::vector<RtlMessage> read;
  for (std::string line; std::getline(lines, line);) read.push_back(message(line));
  ASSERT_EQ(read.size(), 11U);
  expect_values(read[0].fields.json(), {{"air_temperature_C", 8.0},
                                        {"relative_humidity_pct", 92.0},
                                        {"wind_speed_of_gust_m_s", 2.4},
                                        {"wind_speed_m_s", 2.0},
                                        {"wind_from_direction_deg", 292.5}});
  EXPECT_DOUBLE_EQ(read[0].rain->mm, 10.4);
  expect_values(read[1].fields.json(),
                {{"wind_speed_m_s", 1.1975}, {"wind_from_direction_deg", 337.5}, {"battery_low", false}});
  EXPECT_NEAR(read[1].rain->mm, 16.764, 1e-9);              // 0.66 in
  EXPECT_EQ(read[1].fields.json(), read[3].fields.json());  // a repeat: only its sequence number differs
  expect_values(read[4].fields.json(), {{"air_temperature_C", 22.8}, {"relative_humidity_pct", 66.0}, {"battery_low", true}});
  expect_values(read[6].fields.json(), {{"air_temperature_C", 11.8},
                                        {"relative_humidity_pct", 78.0},
                                        {"wind_from_direction_deg", 266.0},
                                        {"wind_speed_m_s", 1.12},
                                        {"wind_speed_of_gust_m_s", 2.24},
                                        {"ultraviolet_index", 0.0},
                                        {"illuminance_lx", 0.0},
                                        {"battery_low", false}});
  expect_values(read[7].fields.json(), {{"air_temperature_C", 8.4},
                                        {"relative_humidity_pct", 91.0},
                                        {"wind_from_direction_deg", 270.0},
                                        {"wind_speed_m_s", 0.68},
                                        {"wind_speed_of_gust_m_s", 1.36},
                                        {"battery_low", false}});
  EXPECT_DOUBLE_EQ(read[8].fields.number("surface_air_pressure_hPa").value_or(0), 1001.1);
  EXPECT_NEAR(read[9].fields.number("air_temperature_C").value_or(0), 21.7222, 1e-4);
  EXPECT_DOUBLE_EQ(read[10].rain->mm, 1.9);
}

}  // namespace
}  // namespace wayside::edge
