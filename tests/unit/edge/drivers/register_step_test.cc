// Proves what a step of a register is taken for, with people worked out by hand.
#include "edge/drivers/register_step.h"

#include <gtest/gtest.h>

namespace wayside::edge {
namespace {

constexpr std::uint64_t kNine = 1'000'000'000;

void expect_step(std::uint64_t last, std::uint64_t now, bool counts_down, RegisterChange change, std::uint64_t before,
                 std::uint64_t after) {
  const RegisterStep step = judge_register({last, kNine}, {now, kNine}, 100, counts_down);
  SCOPED_TRACE(std::to_string(last) + " -> " + std::to_string(now));
  EXPECT_EQ(to_text(step.change), to_text(change));
  EXPECT_EQ(step.before, before);
  EXPECT_EQ(step.after, after);
}

TEST(RegisterStep, counts_on_or_stands_still) {
  expect_step(3'169'391, 3'169'415, false, RegisterChange::kForward, 0, 24);
  expect_step(500, 500, false, RegisterChange::kForward, 0, 0);
  expect_step(500, 600, true, RegisterChange::kForward, 0, 100);
}

TEST(RegisterStep, rolls_over_behind_its_last_number) {
  expect_step(999'999'990, 7, false, RegisterChange::kRolledOver, 10, 7);  // …990 to 1000000000: 10, then 7
  expect_step(999'999'999, 0, false, RegisterChange::kRolledOver, 1, 0);
  expect_step(3, 999'999'995, true, RegisterChange::kRolledOver, 3, 5);  // down through 0
}

TEST(RegisterStep, counts_backwards) {
  expect_step(5'000'000, 4'999'940, false, RegisterChange::kBackward, 0, 60);
  expect_step(90, 40, true, RegisterChange::kBackward, 0, 50);
}

TEST(RegisterStep, is_reset_or_replaced) {
  expect_step(3'169'391, 12, false, RegisterChange::kReset, 0, 12);
  expect_step(3'169'391, 0, true, RegisterChange::kReset, 0, 0);
  expect_step(90, 40, false, RegisterChange::kReset, 0, 40);  // a small one that falls: more likely begun anew
  expect_step(3'169'391, 8'000'000, false, RegisterChange::kReplaced, 0, 0);
  expect_step(3'169'391, 2'000'000, false, RegisterChange::kReplaced, 0, 0);
  EXPECT_EQ(judge_register({7, kNine}, {8, kNine / 10}, 100, false).change, RegisterChange::kReplaced) << "another width";
}

}  // namespace
}  // namespace wayside::edge
