// Proves that a program's lines become readings, each damaged one refused for its reason, and that a program that ends, hangs
// or floods is handled. The programs are shell scripts.
#include "edge/drivers/exec.h"

#include <gtest/gtest.h>

#include "edge/drivers/exec_line.h"
#include "edge/drivers/handover.h"
#include "tests/unit/edge/drivers/expect_values.h"
#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/edge/drivers/run_loop.h"

namespace wayside::edge {
namespace {

constexpr const char* kStation = "[[station]]\nstation_id = \"roof\"\nlat = 1.0\nlon = 2.0\nstreams = [\"weather\"]\n";

class ExecTest : public testing::Test {
 protected:
  std::unique_ptr<ExecDriver> run(const std::string& script, const std::string& stations = kStation) {
    const Status loaded = load_settings(
        settings_, "line_bytes_max = 400\ncommand = [\"/bin/sh\", \"-c\", '''" + script + "''']\n" + stations, {});
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    auto driver =
        std::make_unique<ExecDriver>(settings_, host_, BackOff(std::chrono::milliseconds(1), std::chrono::milliseconds(5)));
    EXPECT_TRUE(driver->start().ok());
    return driver;
  }

  FakeHost host_;
  ExecSettings settings_;
};

TEST_F(ExecTest, takes_each_line_as_a_reading) {
  const auto driver = run(R"(echo '{"values":{"air_temperature_C":7.5}}'
echo '{"station_id":"roof","stream":"weather","observed_at":"2026-10-22T07:59:58Z","values":{"relative_humidity_pct":81}}'
exec sleep 1000)");
  run_until(host_.io, [&] { return host_.observations.size() == 2; });
  EXPECT_EQ(host_.observations[0].station_id, "roof");
  EXPECT_FALSE(host_.observations[0].observed_at);
  expect_values(host_.observations[0].values, {{"air_temperature_C", 7.5}});
  EXPECT_EQ(host_.observations[1].observed_at, UtcTime::from_seconds(1'792'655'998));
  expect_values(host_.observations[1].values, {{"relative_humidity_pct", 81.0}});
  EXPECT_EQ(host_.state, "ok");
  ASSERT_EQ(host_.announced.size(), 1U);
  EXPECT_EQ(
      host_.announced[0].json,
      R"({"station_id":"roof","kind":"weather","name":"roof","lat":1.0,"lon":2.0,"streams":{"weather":{"report_interval_s":60}}})");
}

TEST_F(ExecTest, refuses_each_kind_of_bad_line_and_goes_on) {
  const auto driver = run(R"(echo 'Warning: sensor cold'
echo '{"values":{"air_temperature_C":7.5}'
echo '[1]'
echo '{"station_id":"cellar","values":{}}'
echo '{"stream":"loss","values":{}}'
echo '{"stream":"sound","values":{}}'
echo '{"observed_at":"yesterday","values":{}}'
echo '{"observed_at":7,"values":{}}'
echo '{"temperature":7.5}'
echo '{"values":[]}'
printf '{"values":{"x":"%0500d"}}\n' 1
echo '{"values":{"air_temperature_C":1e999}}'
echo '{"values":{"air_temperature_C":7.5}}'
exec sleep 1000)");
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  std::vector<std::string> reasons;
  for (const RefusedFrame& frame : host_.refusals) reasons.push_back(frame.reason);
  EXPECT_EQ(reasons,
            (std::vector<std::string>{"bad_json", "bad_json", "bad_json", "unknown_station", "unknown_stream", "unknown_stream",
                                      "bad_time", "bad_type", "no_values", "bad_type", "too_long", "bad_json"}));
  EXPECT_EQ(host_.refusals[0].frame, "Warning: sensor cold");
}

TEST_F(ExecTest, needs_the_station_and_stream_named_where_there_are_several) {
  const auto driver = run(R"(echo '{"values":{}}'
echo '{"station_id":"gate","values":{}}'
echo '{"station_id":"gate","stream":"turnstile","values":{"entries_total":4,"counter_id":"a"}}'
exec sleep 1000)",
                          std::string(kStation) +
                              "[[station]]\nstation_id = \"gate\"\nkind = \"rail\"\nlat = 1.0\nlon = 2.0\nstreams = "
                              "[\"arrival\", \"turnstile\"]\n");
  run_until(host_.io, [&] { return host_.observations.size() == 1; });
  ASSERT_EQ(host_.refusals.size(), 2U);
  EXPECT_EQ(host_.refusals[0].reason, "unknown_station");
  EXPECT_EQ(host_.refusals[1].reason, "unknown_stream");
  EXPECT_EQ(host_.observations[0].stream, Stream::kTurnstile);
}

TEST_F(ExecTest, reports_a_program_that_ends_and_is_ok_again_with_its_next_line) {
  const std::string flag = testing::TempDir() + "exec_flag_" + std::to_string(::getpid());
  const auto driver =
      run("if [ -e " + flag + " ]; then echo '{\"values\":{}}'; exec sleep 1000; fi; touch " + flag + "; exit 4");
  run_until(host_.io, [&] { return host_.state == "/bin/sh: ended with code 4"; });
  run_until(host_.io, [&] { return host_.state == "ok"; });
  EXPECT_EQ(driver->counts().at("starts"), 2U);
  ::unlink(flag.c_str());
}

TEST_F(ExecTest, calls_a_program_that_says_nothing_at_fault) {
  const auto driver = run("exec sleep 1000", std::string(kStation) + "report_interval_s = 1\n");
  run_until(host_.io, [&] { return host_.state == "/bin/sh: no reading for 5 s"; });
}

TEST_F(ExecTest, makes_a_program_wait_while_nothing_can_be_committed_and_loses_no_line) {
  host_.hold = true;
  const auto driver =
      run("i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo \"{\\\"values\\\":{\\\"air_temperature_C\\\":$i}}\"; done; exec "
          "sleep 1000");
  run_until(host_.io, [&] { return host_.held.size() >= Handover::kWaitingMax; });
  host_.io.restart();
  host_.io.run_for(std::chrono::milliseconds(50));
  const std::size_t held = host_.held.size();
  // One read of the pipe beyond at most: 4,096 bytes in lines of at least 35.
  EXPECT_LT(held, Handover::kWaitingMax + 4096 / 35);
  run_until(host_.io, [&] {
    for (const auto& commit : std::exchange(host_.held, {})) commit();
    return host_.observations.size() == 3000;
  });
  EXPECT_EQ(driver->counts().at("not_stored"), 0U);
}

TEST(ExecSettings, say_what_is_missing) {
  const auto refused = [](const std::string& toml) {
    ExecSettings settings;
    const Status loaded = load_settings(settings, toml, {});
    return loaded.ok() ? "" : loaded.error().message;
  };
  EXPECT_EQ(refused(kStation), "command: is empty");
  EXPECT_EQ(refused("command = [\"true\"]\n"), "station: there is none");
  EXPECT_NE(refused("command = [\"true\"]\n[[station]]\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\nstreams = [\"loss\"]\n")
                .find("streams"),
            std::string::npos);
  EXPECT_NE(refused("command = [\"true\"]\n[[station]]\nstation_id = \"a\"\nlat = 1.0\nlon = 2.0\n").find("streams"),
            std::string::npos);
}

TEST(ExecLine, does_not_follow_a_nesting_that_would_use_up_the_stack) {
  const auto decoded = decode_exec_line("{\"values\":{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}}");
  ASSERT_TRUE(std::holds_alternative<ExecReason>(decoded));
  EXPECT_EQ(std::get<ExecReason>(decoded), ExecReason::kBadJson);
}

}  // namespace
}  // namespace wayside::edge
