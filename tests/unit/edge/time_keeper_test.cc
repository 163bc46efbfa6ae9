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

TEST_F(TimeKeeperTest, a_kernel_that_is_synchronised_at_start_is_asked_no_more) {
  kernel_answer = true;
  clock_.wall_now = UtcTime{1'700'000'000'000};
  TimeKeeper time(clock_, false, kernel);
  EXPECT_TRUE(time.known());
  EXPECT_EQ(time.stamp(std::nullopt).observed_at, UtcTime{1'700'000'000'000});
  EXPECT_EQ(time.stamp(std::nullopt).clock, ClockQuality::kSynced);
  kernel_answer = false;
  EXPECT_FALSE(time.check_kernel());
  EXPECT_EQ(time.quality(), "synced");
}

TEST_F(TimeKeeperTest, an_rtc_with_a_flat_battery_sets_no_time) {
  kernel_answer = true;  // it set the clock, to 1970
  TimeKeeper time(clock_, false, kernel);
  EXPECT_FALSE(time.known());
  EXPECT_FALSE(time.stamp(std::nullopt).observed_at.has_value());
  clock_.wall_now = UtcTime{1'700'000'000'000};
  EXPECT_TRUE(time.check_kernel());
}

TEST_F(TimeKeeperTest, the_time_of_a_receipt_does_not_follow_a_clock_that_jumps) {
  TimeKeeper time(clock_, false, kernel);
  EXPECT_TRUE(time.learn(UtcTime{1'700'000'000'000}));
  for (const std::int64_t wall : {std::int64_t{0}, std::int64_t{1'700'259'200'000}, std::int64_t{1'699'000'000'000}}) {
    clock_.wall_now = UtcTime{wall};
    clock_.mono_now += MonoTime{1'000};
    EXPECT_EQ(time.stamp(std::nullopt).observed_at, UtcTime{clock_.mono_now.count() - 5'000 + 1'700'000'000'000});
  }
}

TEST_F(TimeKeeperTest, a_clock_that_is_trusted_or_synchronised_is_followed_when_it_jumps) {
  const TimeKeeper time(clock_, true, kernel);
  for (const std::int64_t wall : {std::int64_t{1'700'259'200'000}, std::int64_t{1'700'000'000'000}}) {
    clock_.wall_now = UtcTime{wall};
    EXPECT_EQ(time.stamp(std::nullopt).observed_at, UtcTime{wall});
    EXPECT_EQ(time.now(), UtcTime{wall});
  }
}

}  // namespace
}  // namespace wayside::edge
