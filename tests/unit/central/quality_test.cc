// Proves what each quality flag says of a value, that a flag does not depend on where reading began, and that counters which
// go back or jump are refused without shutting out all that follows.
#include "central/quality.h"

#include "central/counter_rule.h"
#include "tests/unit/central/layers_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;
using test::Seeded;

/// The flag of one weather value after those before it, each with its minute.
std::string flag_of(std::string_view field, const std::vector<std::pair<std::int64_t, std::string>>& values) {
  QualityJudge judge(Stream::kWeather);
  std::string flag;
  for (const auto& [minute, value] : values) {
    std::vector<std::string_view> all(judge.fields().size());
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = judge.fields()[i] == field ? std::string_view(value) : std::string_view();
    const std::string found = quality_json(judge.fields(), judge.judge(kNoonMs + minute * 60'000, all));
    flag = found == "null" ? "ok" : json::parse(found).value(std::string(field), "another");
  }
  return flag;
}

TEST(QualityTest, a_value_outdoors_is_ok_until_something_speaks_against_it) {
  EXPECT_EQ(flag_of("air_temperature_C", {{0, "7.5"}}), "ok");
  EXPECT_EQ(flag_of("air_temperature_C", {{0, "61"}}), "out_of_range");
  EXPECT_EQ(flag_of("pm10_ug_m3", {{0, "1999.9"}}), "sentinel");
  EXPECT_EQ(flag_of("air_temperature_C", {{0, "7.5"}, {5, "17"}}), "jump");
  EXPECT_EQ(flag_of("air_temperature_C", {{0, "7.5"}, {30, "17"}}), "ok");
  EXPECT_EQ(flag_of("wind_speed_m_s", {{0, "1"}, {1, "19"}}), "ok");
}

TEST(QualityTest, a_value_that_stands_still_for_six_hours_is_frozen) {
  std::vector<std::pair<std::int64_t, std::string>> values;
  for (std::int64_t minute = 0; minute < 360; minute += 30) values.emplace_back(minute, "7.5");
  EXPECT_EQ(flag_of("air_temperature_C", values), "ok");
  values.emplace_back(360, "7.5");
  EXPECT_EQ(flag_of("air_temperature_C", values), "frozen");
  values.emplace_back(390, "7.6");
  EXPECT_EQ(flag_of("air_temperature_C", values), "ok");
  EXPECT_EQ(flag_of("air_temperature_C", {{0, "7.5"}, {200, "7.5"}, {400, "7.5"}}), "ok");  // who knows what was between
}

TEST(QualityTest, flags_do_not_depend_on_where_reading_began) {
  Seeded chance;
  std::vector<std::pair<std::int64_t, std::string>> values;
  std::int64_t at = kNoonMs;
  for (int i = 0; i < 400; ++i) {
    at += static_cast<std::int64_t>(chance.number(1, chance.one_in(30) ? 5'000'000 : 1'800'000));
    values.emplace_back(at, chance.one_in(40) ? std::to_string(chance.number(0, 70)) : "7");
  }
  const auto flags_from = [&](std::int64_t begin) {
    QualityJudge judge(Stream::kWeather);
    std::map<std::int64_t, Quality> flags;
    for (const auto& [time, text] : values) {
      if (time < begin) continue;
      const std::vector<std::string_view> all(judge.fields().size(), text);
      flags[time] = judge.judge(time, all)[0];
    }
    return flags;
  };
  const auto whole = flags_from(0);
  for (int round = 0; round < 20; ++round) {
    const std::int64_t since = values[chance.number(0, values.size() - 1)].first;
    for (const auto& [time, flag] : flags_from(since - kQualityContextMs)) {
      if (time >= since) {
        ASSERT_EQ(flag, whole.at(time)) << time;
      }
    }
  }
}

class CounterRuleTest : public LayersTest {
 protected:
  void turnstile(std::int64_t minute, int entries, const std::string& id = "a") {
    make({kNoonMs - 7'200'000 + minute * 60'000,
          made_.size() + 1,
          Stream::kTurnstile,
          {{"entries_total", entries}, {"counter_id", id}}});
    fold_new();
  }
  std::int64_t refused() { return number("SELECT count(*) FROM quarantine WHERE reason = 'counter_jump'"); }
};

TEST_F(CounterRuleTest, a_counter_that_goes_back_or_jumps_is_refused_and_the_ledger_counts_it) {
  turnstile(0, 1000);
  turnstile(1, 1100);
  EXPECT_EQ(refused(), 0);
  turnstile(2, 1099);
  EXPECT_EQ(refused(), 1);
  turnstile(3, 900'000);
  EXPECT_EQ(refused(), 2);
  turnstile(4, 1200);
  EXPECT_EQ(refused(), 2);
  turnstile(5, 3, "b");  // a reset says so by its id
  EXPECT_EQ(refused(), 2);
  EXPECT_EQ(book(), "6 4 2 0 0 0");
}

TEST_F(CounterRuleTest, a_late_reading_must_not_be_higher_than_what_came_after_it) {
  turnstile(10, 1000);
  turnstile(5, 990);
  EXPECT_EQ(refused(), 0);
  turnstile(6, 1001);
  EXPECT_EQ(refused(), 1);
}

TEST_F(CounterRuleTest, one_that_was_too_high_once_does_not_refuse_all_that_follows) {
  turnstile(0, 1900);
  turnstile(1, 1000);
  EXPECT_EQ(refused(), 1);
  turnstile(62, 1100);
  EXPECT_EQ(refused(), 1);
}

TEST_F(CounterRuleTest, rain_does_not_fall_by_the_metre) {
  const auto rain = [&](std::int64_t minute, double mm) {
    make({kNoonMs - 3'600'000 + minute * 60'000, made_.size() + 1, Stream::kWeather, {{"precipitation_total_mm", mm}}});
    fold_new();
  };
  rain(0, 10);
  rain(1, 41);
  EXPECT_EQ(refused(), 0);
  rain(2, 1041);
  EXPECT_EQ(refused(), 1);
}

TEST_F(CounterRuleTest, gold_leaves_out_what_cannot_be) {
  for (const auto& [minute, warm] : {std::pair{0, 10.0}, std::pair{1, 65.0}, std::pair{2, 10.0}}) {
    make({kTodayMs + minute * 60'000, made_.size() + 1, Stream::kWeather, {{"air_temperature_C", warm}}});
  }
  fold_new();
  const auto row = gold(Stream::kWeather, Resolution::kHour, kTodayMs, kTodayMs + 3'600'000).at(0);
  EXPECT_EQ(row.cells[0], 1000);
  EXPECT_EQ(row.cells[2], 1000);
}

}  // namespace
}  // namespace wayside::central
