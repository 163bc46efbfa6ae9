// Proves when the agent knows the time and how readings are stamped, with a fake clock and a fake kernel.
#include "edge/time_keeper.h"

#include <gtest/gtest.h>

namespace wayside::edge {
namespace {

class FakeClock final : public Clock {
 public:
  UtcTime wall() const override { return wall_now; }
  MonoTime monotonic() const override { return mono_now; }
  UtcTime wall_now{1'000};  // a Raspberry Pi without battery: 1970
  MonoTime mono_now{5'000};
};

bool kernel_answer = false;
bool kernel() { return kernel_answer; }

class TimeKeeperTest : public testing::Test {
 protected:
  TimeKeeperTest() { kernel_answer = false; }
  FakeClock clock_;
};

TEST_F(TimeKeeperTest, without_any_source_of_time_readings_keep_monotonic_time) {
  const TimeKeeper time(clock_, false, kernel);
  EXPECT_FALSE(time.known());
  const Stamp stamp = time.stamp(std::nullopt);
  EXPECT_FALSE(stamp.observed_at.has_value());
  EXPECT_EQ(stamp.monotonic, MonoTime{5'000});
  EXPECT_EQ(time.quality(), "unknown");
}

TEST_F(TimeKeeperTest, a_sources_own_time_needs_no_clock) {
  const TimeKeeper time(clock_, false, kernel);
  const Stamp stamp = time.stamp(UtcTime{42});
  EXPECT_EQ(stamp.observed_at, UtcTime{42});
  EXPECT_EQ(stamp.clock, ClockQuality::kSynced);
}

TEST_F(TimeKeeperTest, trusts_the_clock_when_told_to) {
  const TimeKeeper time(clock_, true, kernel);
  EXPECT_TRUE(time.known());
  EXPECT_EQ(time.stamp(std::nullopt).clock, ClockQuality::kTrusted);
  EXPECT_EQ(time.stamp(std::nullopt).observed_at, UtcTime{1'000});
}

TEST_F(TimeKeeperTest, learns_the_time_once_from_a_receipt) {
  TimeKeeper time(clock_, false, kernel);
  EXPECT_TRUE(time.learn(UtcTime{1'700'000'000'000}));
  EXPECT_FALSE(time.learn(UtcTime{1'700'000'000'500})) << "known already";
  clock_.mono_now += MonoTime{2'000};
  const Stamp stamp = time.stamp(std::nullopt);
  EXPECT_EQ(stamp.observed_at, UtcTime{1'700'000'002'500});
  EXPECT_EQ(stamp.clock, ClockQuality::kDated);
}

TEST_F(TimeKeeperTest, notices_when_the_kernel_has_synchronised) {
  TimeKeeper time(clock_, false, kernel);
  EXPECT_FALSE(time.check_kernel());
  kernel_answer = true;
  clock_.wall_now = UtcTime{1'700'000'000'000};
  EXPECT_TRUE(time.check_kernel());
  EXPECT_FALSE(time.check_kernel());
  EXPECT_EQ(time.quality(), "synced");
  EXPECT_EQ(time.wall_minus_monotonic_ms(), 1'699'999'995'000);
}

}  // namespace
}  // namespace wayside::edge
