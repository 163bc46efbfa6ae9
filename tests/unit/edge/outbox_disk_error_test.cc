// Proves what the outbox does when the disk says no: accept() fails with nothing half accepted, nothing that was accepted
// is lost even when the power goes later, and it goes on without a restart when the disk works again. The disk's failed
// syncs forget, as Linux does: what reading shows afterwards need not be on the disk.
#include <gtest/gtest.h>

#include "tests/unit/edge/outbox_witness.h"

namespace wayside::edge {
namespace {

using Fault = OutboxDisk::Fault;
constexpr int kRounds = 30;
constexpr Fault kFaults[] = {Fault::kFull, Fault::kWrite, Fault::kSync, Fault::kTruncate};

class OutboxDiskErrorTest : public testing::TestWithParam<Fault> {
 protected:
  OutboxDiskErrorTest() : disk_(random_.number(0, UINT32_MAX)), witness_(random_, disk_, OutboxLimits()) {
    EXPECT_TRUE(witness_.open(false));
  }

  test::Seeded random_;
  OutboxDisk disk_;
  OutboxWitness witness_;
};

TEST_P(OutboxDiskErrorTest, refuses_says_so_and_recovers_without_a_restart) {
  ASSERT_TRUE(witness_.accept(3));
  const std::string epoch = witness_.outbox().epoch();
  disk_.fail(GetParam(), 1'000'000);
  const bool taken = witness_.accept(3);
  if (GetParam() != Fault::kTruncate) {
    EXPECT_FALSE(taken);
    EXPECT_FALSE(witness_.accept(3));
    EXPECT_FALSE(witness_.outbox().fault().empty());
  }
  disk_.fail(Fault::kNone, 0);
  EXPECT_TRUE(witness_.accept(3));
  EXPECT_TRUE(witness_.outbox().fault().empty());
  EXPECT_EQ(witness_.outbox().epoch(), epoch);
  witness_.compare();
  EXPECT_EQ(witness_.problems(), std::vector<std::string>());
}

TEST_P(OutboxDiskErrorTest, a_power_cut_after_a_fault_costs_nothing_accepted) {
  ASSERT_TRUE(witness_.accept(3));
  disk_.fail(GetParam(), 1);
  static_cast<void>(witness_.accept(8));
  ASSERT_TRUE(witness_.accept(2));
  disk_.fail(Fault::kNone, 0);  // one that has not come yet is not for open()
  disk_.halt_now();
  witness_.drop();
  disk_.power_on();
  ASSERT_TRUE(witness_.open(false));
  witness_.compare();
  EXPECT_EQ(witness_.problems(), std::vector<std::string>());
}

TEST_P(OutboxDiskErrorTest, a_kill_after_a_fault_and_a_power_cut_later_cost_nothing_accepted) {
  ASSERT_TRUE(witness_.accept(3));
  disk_.fail(GetParam(), 1);
  static_cast<void>(witness_.accept(8));
  disk_.halt_now();  // before the outbox could empty its log
  witness_.drop();
  disk_.fail(Fault::kNone, 0);
  disk_.restart_process();
  ASSERT_TRUE(witness_.open(false));
  ASSERT_TRUE(witness_.accept(5));
  disk_.halt_now();
  witness_.drop();
  disk_.power_on();
  ASSERT_TRUE(witness_.open(false));
  witness_.compare();
  EXPECT_EQ(witness_.problems(), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(AllFaults, OutboxDiskErrorTest, testing::ValuesIn(kFaults));

TEST(OutboxDiskError, loses_nothing_when_faults_kills_and_power_cuts_come_together) {
  test::Seeded random;
  for (int round = 0; round < kRounds; ++round) {
    OutboxDisk disk(random.number(0, UINT32_MAX));
    OutboxWitness witness(random, disk, {.bytes_max = random.one_in(3) ? 200'000U : 100'000'000U});
    for (int life = 0; life < 4; ++life) {
      witness.check_file();
      if (!random.one_in(3)) disk.halt_after(random.number(1, 600));
      const bool opened = witness.open(false);
      for (int act = 0; opened && act < 40 && !disk.halted(); ++act) {
        if (random.one_in(6)) disk.fail(kFaults[random.number(0, 3)], random.number(1, 5));
        witness.act();
      }
      disk.fail(Fault::kNone, 0);
      if (opened) witness.compare();
      disk.halt_now();
      witness.drop();
      random.one_in(3) ? disk.restart_process() : disk.power_on();
      ASSERT_EQ(witness.problems(), std::vector<std::string>()) << "in round " << round << ", life " << life;
    }
  }
}

}  // namespace
}  // namespace wayside::edge
