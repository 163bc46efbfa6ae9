// Proves that a rain counter keeps its id over restarts and gets a new one exactly when the device's total goes back.
#include "edge/drivers/weather_rain.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/drivers/fake_host.h"

namespace wayside::edge {
namespace {

class RainCountersTest : public testing::Test {
 protected:
  /// Advances and commits, as the driver does.
  std::string advance(double mm, const char* at, const char* counter = "yearlyrainin") {
    const auto step = counters_.advance("post-1", {counter, mm}, *parse_rfc3339(at));
    if (step->memory) host_.kept[step->memory->key] = step->memory->value;
    return step->counter_id;
  }

  FakeHost host_;
  RainCounters counters_{host_};
};

TEST_F(RainCountersTest, keeps_the_id_while_the_total_grows) {
  EXPECT_EQ(advance(10, "2026-03-01T08:00:00Z"), "yearlyrainin/20260301");
  EXPECT_EQ(advance(10, "2026-03-01T08:01:00Z"), "yearlyrainin/20260301");
  EXPECT_EQ(advance(12, "2026-03-02T08:00:00Z"), "yearlyrainin/20260301");
}

TEST_F(RainCountersTest, begins_a_new_life_when_the_total_goes_back) {
  advance(500, "2026-12-31T23:59:00Z");
  EXPECT_EQ(advance(500, "2027-01-01T00:30:00Z"), "yearlyrainin/20261231");  // the device's year ends later than UTC's
  EXPECT_EQ(advance(0.2, "2027-01-01T05:00:00Z"), "yearlyrainin/20270101");
}

TEST_F(RainCountersTest, tells_several_resets_of_one_day_apart) {
  advance(5, "2026-03-01T08:00:00Z");
  EXPECT_EQ(advance(1, "2026-03-01T09:00:00Z"), "yearlyrainin/20260301.2");
  EXPECT_EQ(advance(0, "2026-03-01T10:00:00Z"), "yearlyrainin/20260301.3");
  EXPECT_EQ(advance(2, "2026-03-02T10:00:00Z"), "yearlyrainin/20260301.3");
}

TEST_F(RainCountersTest, keeps_its_id_over_a_restart) {
  advance(5, "2026-03-01T08:00:00Z");
  advance(1, "2026-03-01T09:00:00Z");
  RainCounters after_restart(host_);
  const auto grown = after_restart.advance("post-1", {"yearlyrainin", 1.5}, *parse_rfc3339("2026-03-05T08:00:00Z"));
  EXPECT_EQ(grown->counter_id, "yearlyrainin/20260301.2");
}

TEST_F(RainCountersTest, keeps_stations_and_totals_apart) {
  advance(5, "2026-03-01T08:00:00Z");
  EXPECT_EQ(advance(1, "2026-03-02T08:00:00Z", "dailyrainin"), "dailyrainin/20260302");
  EXPECT_EQ(counters_.advance("post-2", {"yearlyrainin", 1}, *parse_rfc3339("2026-03-03T08:00:00Z"))->counter_id,
            "yearlyrainin/20260303");
}

TEST_F(RainCountersTest, takes_a_late_reading_for_no_reset) {
  advance(5, "2026-03-01T08:00:00Z");
  EXPECT_EQ(advance(4, "2026-03-01T07:00:00Z"), "yearlyrainin/20260301");
  EXPECT_EQ(advance(5, "2026-03-01T09:00:00Z"), "yearlyrainin/20260301");
}

TEST_F(RainCountersTest, compares_by_value_alone_while_the_time_is_unknown) {
  const auto undated = [&](double mm) {
    const auto step = counters_.advance("post-1", {"yearlyrainin", mm}, std::nullopt);
    if (step->memory) host_.kept[step->memory->key] = step->memory->value;
    return step->counter_id;
  };
  EXPECT_EQ(undated(5), "yearlyrainin/undated");
  EXPECT_EQ(undated(6), "yearlyrainin/undated");
  EXPECT_EQ(undated(1), "yearlyrainin/undated.2");
  EXPECT_EQ(advance(2, "2026-03-01T08:00:00Z"), "yearlyrainin/undated.2");
  EXPECT_EQ(advance(1, "2026-03-01T09:00:00Z"), "yearlyrainin/20260301");
  EXPECT_EQ(undated(0.5), "yearlyrainin/20260301.2");  // not `undated` a second time
  EXPECT_EQ(advance(4, "2026-03-01T07:00:00Z"), "yearlyrainin/20260301.2");
  EXPECT_EQ(advance(0.1, "2026-03-01T10:00:00Z"), "yearlyrainin/20260301.3");
}

TEST_F(RainCountersTest, returns_to_what_was_committed_when_a_commit_fails) {
  advance(5, "2026-03-01T08:00:00Z");
  (void)counters_.advance("post-1", {"yearlyrainin", 1}, *parse_rfc3339("2026-03-02T08:00:00Z"));  // not committed
  counters_.forget_uncommitted();
  EXPECT_EQ(advance(1, "2026-03-03T08:00:00Z"), "yearlyrainin/20260303");
}

TEST_F(RainCountersTest, starts_anew_from_a_memory_it_cannot_read) {
  host_.kept["rain/post-1/yearlyrainin"] = "rubbish";
  EXPECT_EQ(advance(1, "2026-03-03T08:00:00Z"), "yearlyrainin/20260303");
}

}  // namespace
}  // namespace wayside::edge
