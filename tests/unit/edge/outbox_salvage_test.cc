// Proves that a salvage that has returned is on the disk as a whole, and that one that could not is said: the power goes, the
// process dies or the disk is full at a random operation of it.
#include "edge/outbox_salvage.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/outbox_disk.h"
#include "tests/unit/seeded.h"

namespace wayside::edge {
namespace {

constexpr int kReadings = 2'500;  // more than a commit of the salvage holds
constexpr int kGone = 3;          // one in so many was let go of before
constexpr int kRounds = 25;
constexpr const char* kDamaged = "/outbox.db";
constexpr const char* kNew = "/outbox.db.new";

class OutboxSalvageTest : public testing::Test {
 protected:
  OutboxSalvageTest() : disk_(random_.number(0, UINT32_MAX)) {
    auto outbox = Outbox::open(kDamaged, {}, "boot-1");
    EXPECT_TRUE(outbox.ok());
    std::vector<NewReading> group;
    for (int n = 0; n < kReadings; ++n) {
      group.push_back({{"s", Stream::kWeather, UtcTime{1'700'000'000'000 + n}, "{\"n\":" + std::to_string(n) + "}"},
                       {UtcTime{1'700'000'000'000 + n}, ClockQuality::kSynced, {}}});
    }
    EXPECT_TRUE((*outbox)->accept(group, {}).ok());
    auto all = (*outbox)->read(OutboxId{0}, (*outbox)->last_id(), kReadings);
    for (std::size_t i = 0; i < all->size() - 1; i += kGone) (*outbox)->settle((*all)[i], Outbox::Outcome::kReceipted);
    EXPECT_TRUE((*outbox)->close().ok());
  }

  static Result<Salvage> make() { return salvage(kDamaged, kNew, Stamp{UtcTime{1'700'000'000'000}}, "boot-1"); }

  /// Every number is there once: as a reading, or named in a loss statement. In the file alone: a log that a power cut has
  /// brought back does not go with it when it gets its name.
  void check_whole() {
    disk_.remove(std::string(kNew) + "-wal");
    auto outbox = Outbox::open(kNew, {}, "boot-1");
    ASSERT_TRUE(outbox.ok()) << outbox.error().message;
    auto readings = (*outbox)->read(OutboxId{0}, (*outbox)->last_id(), 1'000'000);
    ASSERT_TRUE(readings.ok());
    RangeSet there, named;
    for (const StoredReading& stored : *readings) {
      if (stored.reading.stream != Stream::kLoss) {
        EXPECT_EQ(there.insert(stored.reading.seq), 1U);
        continue;
      }
      const auto loss = parse_loss(stored.reading.values);
      ASSERT_TRUE(loss);
      for (const SeqRange& range : loss->ranges) EXPECT_EQ(named.insert(range), range.size());
    }
    EXPECT_EQ(there.last(), static_cast<std::uint64_t>(kReadings));
    EXPECT_EQ(there.missing({1, there.last()}), named.runs());
    EXPECT_EQ(there.count(), static_cast<std::uint64_t>(kReadings - kReadings / kGone));
  }

  test::Seeded random_;
  OutboxDisk disk_;
};

TEST_F(OutboxSalvageTest, one_that_has_returned_survives_a_power_cut) {
  ASSERT_TRUE(make().ok());
  disk_.halt_now();
  disk_.power_on();
  check_whole();
}

TEST_F(OutboxSalvageTest, one_that_was_stopped_says_so_and_leaves_the_damaged_one_as_it_was) {
  int stopped = 0;
  for (int round = 0; round < kRounds; ++round) {
    disk_.halt_after(random_.number(1, 500));
    const bool made = make().ok();
    stopped += made ? 0 : 1;
    disk_.halt_now();
    random_.one_in(2) ? disk_.restart_process() : disk_.power_on();
    if (made) check_whole();
    for (const char* suffix : {"", "-wal", "-journal"}) disk_.remove(std::string(kNew) + suffix);
  }
  EXPECT_GT(stopped, 0);
  ASSERT_TRUE(make().ok());
  check_whole();
}

TEST_F(OutboxSalvageTest, a_full_disk_is_an_error_wherever_it_comes) {
  int full = 0;
  for (int round = 0; round < kRounds; ++round) {
    disk_.fail(OutboxDisk::Fault::kFull, 1'000'000, random_.number(0, 400));
    const auto made = make();
    disk_.fail(OutboxDisk::Fault::kNone, 0);
    if (made) {
      check_whole();
    } else {
      ++full;
      EXPECT_EQ(made.error().hint, "free space on the disk") << made.error().message;
    }
    for (const char* suffix : {"", "-wal", "-journal"}) disk_.remove(std::string(kNew) + suffix);
  }
  EXPECT_GT(full, 0);
}

}  // namespace
}  // namespace wayside::edge
