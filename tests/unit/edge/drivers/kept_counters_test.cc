// Proves that totals made of single counts never go back: not over a restart, not after a commit that failed, not with time.
#include "edge/drivers/kept_counters.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/edge/drivers/fake_host.h"

namespace wayside::edge {
namespace {

constexpr UtcTime kNoon = UtcTime::from_seconds(1'792'670'400);

nlohmann::json values(const KeptCounters::Step& step) { return nlohmann::json::parse(step.values); }
void commit(FakeHost& host, const KeptCounters::Step& step) { host.kept[step.memory.key] = step.memory.value; }

TEST(KeptCounters, add_up_and_go_on_after_a_restart_under_the_same_id) {
  FakeHost host;
  std::string id;
  {
    KeptCounters counters(host);
    auto step = counters.add("gate", {{"pulses_total", 3}}, kNoon);
    EXPECT_EQ(values(step)["pulses_total"], 3);
    id = values(step)["counter_id"];
    EXPECT_EQ(id.size(), 16U);
    commit(host, step);
    commit(host, counters.add("gate", {{"pulses_total", 2}}, kNoon));
  }
  KeptCounters counters(host);
  const auto step = counters.add("gate", {{"pulses_total", 1}}, kNoon);
  EXPECT_EQ(values(step), (nlohmann::json{{"pulses_total", 6}, {"counter_id", id}}));
  EXPECT_NE(values(counters.add("other", {{"pulses_total", 1}}, kNoon))["counter_id"], id);
}

TEST(KeptCounters, count_from_the_last_commit_after_one_that_failed) {
  FakeHost host;
  KeptCounters counters(host);
  commit(host, counters.add("gate", {{"entries_total", 5}}, kNoon));
  counters.add("gate", {{"entries_total", 7}}, kNoon);  // its commit fails
  counters.forget_uncommitted();
  EXPECT_EQ(values(counters.add("gate", {{"entries_total", 1}}, kNoon))["entries_total"], 6);
}

TEST(KeptCounters, a_new_life_begins_at_zero_for_all_totals_under_a_new_id) {
  FakeHost host;
  KeptCounters counters(host);
  const auto before = counters.add("gate", {{"entries_total", 5}, {"exits_total", 4}}, kNoon);
  const auto after = counters.restart("gate", kNoon);
  EXPECT_EQ(values(after)["entries_total"], 0);
  EXPECT_EQ(values(after)["exits_total"], 0);
  EXPECT_NE(values(after)["counter_id"], values(before)["counter_id"]);
}

TEST(KeptCounters, a_count_that_comes_late_stands_just_behind_the_one_before_it) {
  FakeHost host;
  KeptCounters counters(host);
  commit(host, counters.add("gate", {{"entries_total", 5}}, kNoon));
  EXPECT_EQ(counters.add("gate", {{"entries_total", 1}}, UtcTime{kNoon.ms - 60'000}).observed_at->ms, kNoon.ms + 1);
  KeptCounters restarted(host);
  EXPECT_EQ(restarted.add("gate", {{"entries_total", 1}}, UtcTime{kNoon.ms - 60'000}).observed_at->ms, kNoon.ms + 1);
  EXPECT_FALSE(restarted.add("gate", {{"entries_total", 1}}, std::nullopt).observed_at) << "dated by the agent later";
}

TEST(KeptCounters, begin_anew_when_what_was_kept_cannot_be_read) {
  for (const char* kept : {"", "{", "{}", R"({"values":7})", R"({"values":{"entries_total":-4}})"}) {
    FakeHost host;
    host.kept["count/gate"] = kept;
    KeptCounters counters(host);
    EXPECT_EQ(values(counters.add("gate", {{"entries_total", 2}}, kNoon))["entries_total"], 2) << kept;
  }
}

}  // namespace
}  // namespace wayside::edge
