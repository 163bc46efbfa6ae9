// Proves that WAYSIDE_FAULT is read as documented and that the named pass kills. The deaths run in a child that is
// executed anew (death test style "threadsafe"), because the variable is read once at start.
#include "common/base/fault_point.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace wayside {
namespace {

TEST(FaultPoint, reads_name_and_pass) {
  EXPECT_EQ(parse_fault_plan("before_commit")->point, "before_commit");
  EXPECT_EQ(parse_fault_plan("before_commit")->pass, 1U);
  EXPECT_EQ(parse_fault_plan("after_receipt:17")->pass, 17U);
}

TEST(FaultPoint, refuses_what_is_no_plan) {
  for (const char* text : {"", ":3", "a:", "a:0", "a:x", "a:-1", "a:1x"}) EXPECT_FALSE(parse_fault_plan(text)) << text;
}

TEST(FaultPoint, does_nothing_when_unset) {
  if (std::getenv("WAYSIDE_FAULT") != nullptr) GTEST_SKIP();
  fault_point("anything");
}

TEST(FaultPointDeathTest, kills_on_the_named_pass_only) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  setenv("WAYSIDE_FAULT", "here:2", 1);
  EXPECT_EXIT(
      {
        fault_point("elsewhere");
        fault_point("here");
        std::fputs("first pass survived\n", stderr);
        fault_point("here");
      },
      testing::KilledBySignal(SIGKILL), "first pass survived");
  unsetenv("WAYSIDE_FAULT");
}

}  // namespace
}  // namespace wayside
