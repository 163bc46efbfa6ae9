// Proves that the outbox loses nothing by a power cut or kill -9 at any moment: an OutboxDisk drops any subset of what was
// not synced, and a witness compares what accept() had returned for. That the test can see a loss is shown with a disk
// that only pretends to sync, as SQLite would without `synchronous=FULL`.
#include <gtest/gtest.h>

#include "tests/unit/edge/outbox_witness.h"

namespace wayside::edge {
namespace {

constexpr int kRounds = 40;
constexpr int kLives = 5;
constexpr int kActsMax = 60;

OutboxLimits limits(test::Seeded& random) { return {.bytes_max = random.one_in(3) ? 200'000U : 100'000'000U}; }

/// Lives of one outbox, each ended by a power cut, a kill or a clean stop. Returns the problems, and counts what was
/// accepted.
std::vector<std::string> work(test::Seeded& random, OutboxDisk::Lie lie, std::size_t& accepted) {
  OutboxDisk disk(random.number(0, UINT32_MAX));
  disk.lie_about_sync(lie);
  OutboxWitness witness(random, disk, limits(random));
  bool clean = false;
  for (int life = 0; life < kLives && witness.problems().empty(); ++life) {
    witness.check_file();
    if (!random.one_in(5)) disk.halt_after(random.number(1, random.one_in(3) ? 30 : 600));
    if (witness.open(clean)) {
      for (auto left = random.number(1, kActsMax); left > 0 && !disk.halted(); --left) witness.act();
      if (!disk.halted()) {
        witness.compare();
        clean = random.one_in(2) && witness.close();
      }
    }
    if (!clean) disk.halt_now();
    witness.drop();
    if (!disk.halted()) {
      disk.halt_never();  // a halt that has not come yet is not for check_file()
      continue;
    }
    clean = false;
    random.one_in(3) ? disk.restart_process() : disk.power_on();
  }
  if (witness.problems().empty() && witness.open(clean)) witness.compare();
  accepted += witness.accepted();
  return witness.problems();
}

TEST(OutboxPowerCut, loses_nothing_that_was_accepted_and_gives_no_number_twice) {
  test::Seeded random;
  std::size_t accepted = 0;
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_EQ(work(random, OutboxDisk::Lie::kNone, accepted), std::vector<std::string>()) << "in round " << round;
  }
  EXPECT_GT(accepted, 1'000U);
}

TEST(OutboxPowerCut, is_seen_to_lose_when_the_log_is_not_synced) {
  test::Seeded random;
  std::size_t accepted = 0;
  bool lost = false;
  for (int round = 0; round < kRounds && !lost; ++round) lost = !work(random, OutboxDisk::Lie::kWal, accepted).empty();
  EXPECT_TRUE(lost) << "this test could not tell synchronous=NORMAL from FULL";
}

TEST(OutboxPowerCut, is_seen_to_lose_when_nothing_is_synced) {
  test::Seeded random;
  std::size_t accepted = 0;
  bool lost = false;
  for (int round = 0; round < kRounds && !lost; ++round) lost = !work(random, OutboxDisk::Lie::kAll, accepted).empty();
  EXPECT_TRUE(lost) << "this test could not tell synchronous=OFF from FULL";
}

}  // namespace
}  // namespace wayside::edge
