// Proves that faults are named, seeded and counted, and that a wrong name stops the start with the list of names.

#include "firmware-sim/faults.h"

#include <gtest/gtest.h>

namespace wayside::sim {
namespace {

const std::initializer_list<Fault> kAll{Fault::kDrop, Fault::kCorrupt, Fault::kSilence, Fault::kDelay};

TEST(Faults, reads_every_form) {
  const auto plan = parse_faults({"drop=0.25", "delay=40", "silence=10:5", "clock-zero"});
  ASSERT_TRUE(plan.ok());
  EXPECT_DOUBLE_EQ(plan->of(Fault::kDrop), 0.25);
  EXPECT_EQ(plan->delay_ms, 40);
  EXPECT_DOUBLE_EQ(plan->silence_from_s, 10);
  EXPECT_DOUBLE_EQ(plan->silence_for_s, 5);
  EXPECT_GT(plan->of(Fault::kClockZero), 0);
  EXPECT_EQ(plan->of(Fault::kCorrupt), 0);
}

TEST(Faults, refuses_wrong_names_and_values) {
  for (const char* text : {"dorp=0.1", "drop", "drop=2", "drop=-1", "drop=x", "delay=", "silence=5", "clock-zero=1"}) {
    const auto plan = parse_faults({text});
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_NE(plan.error().message.find(text), std::string::npos);
    EXPECT_NE(plan.error().hint.find("clock-zero"), std::string::npos);
  }
}

TEST(Faults, strike_as_often_as_planned_and_the_same_for_a_seed) {
  const auto plan = parse_faults({"drop=0.3"});
  ASSERT_TRUE(plan.ok());
  Faults faults(*plan, "test", Random(11), kAll);
  Faults again(*plan, "test", Random(11), kAll);
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(faults.strikes(Fault::kDrop), again.strikes(Fault::kDrop));
  EXPECT_NEAR(static_cast<double>(faults.count(Fault::kDrop)), 600, 60);
  EXPECT_EQ(faults.summary(), "drop=" + std::to_string(faults.count(Fault::kDrop)));
  EXPECT_FALSE(faults.strikes(Fault::kCorrupt));
}

TEST(Faults, are_silent_only_in_their_time) {
  const auto plan = parse_faults({"silence=10:5"});
  ASSERT_TRUE(plan.ok());
  Faults faults(*plan, "test", Random(1), kAll);
  EXPECT_FALSE(faults.silent(9.9));
  EXPECT_TRUE(faults.silent(10));
  EXPECT_TRUE(faults.silent(14.9));
  EXPECT_FALSE(faults.silent(15));
  EXPECT_EQ(faults.count(Fault::kSilence), 2u);
}

TEST(Faults, leave_out_what_makes_no_sense_on_a_wire) {
  const auto plan = parse_faults({"void=1"});
  ASSERT_TRUE(plan.ok());
  Faults faults(*plan, "test", Random(1), kAll);
  EXPECT_FALSE(faults.strikes(Fault::kVoid));
}

}  // namespace
}  // namespace wayside::sim
