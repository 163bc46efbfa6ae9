// Proves the turnstile driver from the bytes on: people of a station are the sum over its devices, whatever their registers
// do, summed as central does it: differences within one counter_id. A random run holds this against a plain count.
#include "edge/drivers/turnstile_lines.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/unit/edge/drivers/fake_host.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

class TestPort final : public SerialPort {
 public:
  explicit TestPort(TestPort** out) { *out = this; }
  Status open(std::function<void(std::string_view)> on_bytes, std::function<void(const std::string&)>) override {
    say = std::move(on_bytes);
    return {};
  }
  void close() override {}
  std::function<void(std::string_view)> say;
};

/// People in central's way: differences of readings within one counter_id, in the order of their times.
std::uint64_t people(const std::vector<Observation>& observations, const char* field) {
  std::uint64_t sum = 0;
  json before;
  std::optional<UtcTime> at;
  for (const Observation& observation : observations) {
    const json values = json::parse(observation.values);
    EXPECT_TRUE(!at || !observation.observed_at || *at < *observation.observed_at);
    at = observation.observed_at;
    if (!before.is_null() && before["counter_id"] == values["counter_id"]) {
      EXPECT_GE(values[field], before[field]);
      sum += values[field].get<std::uint64_t>() - before[field].get<std::uint64_t>();
    }
    before = values;
  }
  return sum;
}

class TurnstileLinesTest : public testing::Test {
 protected:
  TurnstileLinesTest() {
    settings_.port = "test";
    settings_.station_id = "lex";
    settings_.devices = {"A/R/00", "A/R/01"};
    restart();
  }

  void restart() {
    driver_ = std::make_unique<TurnstileLinesDriver>(settings_, host_, std::make_unique<TestPort>(&port_));
    EXPECT_TRUE(driver_->start().ok());
    port_->say("ut begun\r\n");  // before we listened
  }

  /// An audit `minute` minutes after 07:00 on 2026-10-22.
  void audit(int device, int minute, std::uint64_t entries, std::uint64_t exits, const char* event = "REGULAR") {
    char line[128];
    std::snprintf(line, sizeof line, "A,R,%02d,10-22-26,%02d:%02d:00,%s,%09llu,%09llu\r\n", device, 7 + minute / 60,
                  minute % 60, event, static_cast<unsigned long long>(entries), static_cast<unsigned long long>(exits));
    port_->say(line);
  }

  FakeHost host_;
  TurnstileLinesSettings settings_;
  TestPort* port_ = nullptr;
  std::unique_ptr<TurnstileLinesDriver> driver_;
};

TEST_F(TurnstileLinesTest, announces_a_rail_station_with_its_stream) {
  ASSERT_EQ(host_.announced.size(), 1U);
  EXPECT_EQ(host_.announced[0].json,
            R"({"station_id":"lex","kind":"rail","name":"lex","streams":{"turnstile":{"report_interval_s":14400}}})");
}

TEST_F(TurnstileLinesTest, counts_a_stations_devices_together_from_their_first_audits) {
  audit(0, 0, 3'169'391, 1'097'585);
  audit(0, 5, 3'169'415, 1'097'588);
  audit(1, 5, 500, 40);
  audit(1, 10, 530, 41);
  ASSERT_EQ(host_.observations.size(), 4U);
  const json last = json::parse(host_.observations.back().values);
  EXPECT_EQ(last["entries_total"], 24 + 30);
  EXPECT_EQ(last["exits_total"], 3 + 1);
  EXPECT_EQ(format_rfc3339(*host_.observations.back().observed_at), "2026-10-22T07:10:00.000Z");
  EXPECT_EQ(people(host_.observations, "entries_total"), 54U);
  EXPECT_EQ(driver_->counters().cut_lines, 1U);
}

TEST_F(TurnstileLinesTest, a_roll_over_begins_a_new_counter_and_loses_nobody) {
  audit(0, 0, 999'999'990, 100);
  audit(0, 5, 7, 104);
  ASSERT_EQ(host_.observations.size(), 4U);  // first, last of the old life, first of the new, now
  const json end = json::parse(host_.observations[1].values);
  const json begin = json::parse(host_.observations[2].values);
  const json now = json::parse(host_.observations[3].values);
  EXPECT_EQ(end["entries_total"], 10);
  EXPECT_EQ(begin["entries_total"], 0);
  EXPECT_EQ(now["entries_total"], 7);
  EXPECT_EQ(now["exits_total"], 4);
  EXPECT_NE(end["counter_id"], begin["counter_id"]);
  EXPECT_EQ(begin["counter_id"], now["counter_id"]);
  EXPECT_EQ(people(host_.observations, "entries_total"), 17U);
  EXPECT_EQ(people(host_.observations, "exits_total"), 4U);
}

TEST_F(TurnstileLinesTest, resets_backward_counting_and_another_board) {
  audit(0, 0, 5'000'000, 100);
  audit(0, 5, 4'999'950, 100);   // down: 50
  audit(0, 10, 4'999'930, 110);  // down: 20
  audit(0, 15, 3, 4);            // reset of both: 3, and 4 out
  audit(0, 20, 8'000'000, 4);    // another board: nobody
  audit(0, 25, 8'000'005, 5);    // 5
  EXPECT_EQ(people(host_.observations, "entries_total"), 50U + 20 + 3 + 5);
  EXPECT_EQ(people(host_.observations, "exits_total"), 10U + 4 + 1);
  const auto counts = driver_->counts();
  EXPECT_EQ(counts.at("registers_backward"), 2U);
  EXPECT_EQ(counts.at("registers_reset"), 2U);
  EXPECT_EQ(counts.at("registers_replaced"), 1U);
}

TEST_F(TurnstileLinesTest, missed_audits_are_made_up_for_by_the_next_one) {
  audit(0, 0, 1'000, 0);
  audit(0, 55, 1'000 + 3'000, 0, "RECOVR AUD");  // 60 a minute for 55 minutes: possible
  EXPECT_EQ(people(host_.observations, "entries_total"), 3000U);
  audit(0, 56, 1'000 + 6'000, 0);  // 3,000 in a minute: not people
  EXPECT_EQ(people(host_.observations, "entries_total"), 3000U);
}

TEST_F(TurnstileLinesTest, late_audits_and_doors_with_other_registers_are_left_out_and_counted) {
  audit(0, 10, 1'000, 0);
  audit(0, 5, 990, 0);
  audit(0, 10, 1'000, 0);
  audit(0, 15, 0, 0, "DOOR OPEN");
  audit(0, 16, 1'020, 0, "DOOR CLOSE");
  audit(0, 20, 1'030, 0);
  EXPECT_EQ(people(host_.observations, "entries_total"), 30U);
  EXPECT_EQ(driver_->counts().at("late_audits"), 2U);
  EXPECT_EQ(driver_->counts().at("events_unused"), 1U);
}

TEST_F(TurnstileLinesTest, goes_on_after_a_restart_and_after_a_commit_that_failed) {
  audit(0, 0, 1'000, 0);
  audit(0, 5, 1'010, 0);
  host_.broken = true;
  audit(0, 10, 1'025, 0);
  host_.broken = false;
  EXPECT_EQ(driver_->counters().not_stored, 1U);
  restart();
  audit(0, 15, 1'030, 0);
  EXPECT_EQ(people(host_.observations, "entries_total"), 30U);
  EXPECT_EQ(json::parse(host_.observations.front().values)["counter_id"],
            json::parse(host_.observations.back().values)["counter_id"]);
}

TEST_F(TurnstileLinesTest, lists_an_unknown_turnstile_ready_to_paste) {
  audit(7, 0, 1, 1);
  ASSERT_EQ(host_.unknown.size(), 1U);
  EXPECT_EQ(host_.unknown[0].key_masked, "A/R/07");
  EXPECT_EQ(host_.unknown[0].hint, "devices = [\"A/R/00\", \"A/R/01\", \"A/R/07\"]\n");
  EXPECT_EQ(host_.refusals.back().reason, "unknown_device");
  EXPECT_TRUE(host_.observations.empty());
}

TEST_F(TurnstileLinesTest, noise_is_refused_and_becomes_a_fault) {
  for (int i = 0; i < 50; ++i) port_->say("\x01\x02 noise\r\n");
  EXPECT_EQ(host_.refusals.size(), 50U);
  EXPECT_NE(host_.state.find("baud rate"), std::string::npos);
  audit(0, 0, 1, 1);
  EXPECT_EQ(host_.state, "ok");
}

TEST_F(TurnstileLinesTest, random_registers_come_to_a_plain_count) {
  test::Seeded random;
  constexpr std::uint64_t kNine = 1'000'000'000;
  std::uint64_t counted = 0;
  std::uint64_t registers[2] = {kNine - 200, 5'000'000};
  bool down = true;
  audit(0, 0, registers[0], 0);
  audit(1, 0, registers[1], 0);
  for (int minute = 1; minute < 58; ++minute) {
    for (int device = 0; device < 2; ++device) {
      const std::uint64_t passed = random.number(0, 49);
      const bool backward = device == 1 && down;
      registers[device] = (registers[device] + (backward ? kNine - passed : passed)) % kNine;
      counted += passed;
      audit(device, minute, registers[device], 0);
      // A small register that is reset cannot be told from one that counts on, nor one that is about to roll over.
      const bool telling = registers[device] > 1000 && registers[device] < kNine - 1000;
      if (!telling || !random.one_in(20)) continue;
      registers[device] = 0;  // the device is reset just behind its audit
      if (device == 1) down = false;
    }
    if (random.one_in(10)) restart();
  }
  EXPECT_EQ(people(host_.observations, "entries_total"), counted);
}

TEST(TurnstileZone, turns_local_times_into_utc) {
  const CivilTime noon{2026, 10, 22, 12, 0, 0};
  EXPECT_EQ(format_rfc3339(*utc_in_zone(noon, "UTC")), "2026-10-22T12:00:00.000Z");
  EXPECT_EQ(format_rfc3339(*utc_in_zone(noon, "-04:00")), "2026-10-22T16:00:00.000Z");
  EXPECT_EQ(format_rfc3339(*utc_in_zone(noon, "+05:30")), "2026-10-22T06:30:00.000Z");
  for (const char* zone : {"", "EST", "-4:00", "+15:00", "+05:3x"}) EXPECT_FALSE(utc_in_zone(noon, zone)) << zone;
}

}  // namespace
}  // namespace wayside::edge
