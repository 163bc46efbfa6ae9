// Proves what the flash-saver writes and when, what a power cut costs, and that it says so: a real outbox, a fake clock, no
// network. A power cut is a store that is destroyed without close(): its memory is gone.
#include "edge/flash_saver.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/edge/fake_link.h"

namespace wayside::edge {
namespace {

/// What this process has handed to write() so far.
std::uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "wchar:") return value;
  }
  ADD_FAILURE() << "no wchar in /proc/self/io";
  return 0;
}

class FlashSaverTest : public testing::Test {
 protected:
  FlashSaverTest() {
    char pattern[] = "/tmp/wayside-flash-XXXXXX";
    folder_ = mkdtemp(pattern);
    open();
  }
  ~FlashSaverTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open(std::uint64_t memory_bytes_max = 1'000'000) {
    store_ =
        std::make_unique<FlashSaver>(loop_, clock_, open_outbox(true), FlashSaverOptions{MonoTime{10'000}, memory_bytes_max});
  }
  void open_strict() { store_ = open_outbox(false); }
  std::unique_ptr<Outbox> open_outbox(bool in_memory_first) {
    store_.reset();
    OutboxLimits limits;
    limits.in_memory_first = in_memory_first;
    limits.now = [] { return Stamp{UtcTime{7}, ClockQuality::kSynced, {}}; };
    auto outbox = Outbox::open(folder_ + "/outbox.db", limits, "boot-1");
    EXPECT_TRUE(outbox.ok()) << outbox.error().message;
    return std::move(*outbox);
  }
  void power_cut() { open(); }
  void clean_stop() {
    ASSERT_TRUE(store_->close().ok());
    open();
  }

  void take(const std::string& station, std::string values = "{}", std::optional<UtcTime> observed_at = UtcTime{5}) {
    std::vector<NewReading> one{{{station, Stream::kWeather, observed_at, std::move(values)},
                                 {observed_at, ClockQuality::kSynced, MonoTime{clock_.now}}}};
    const Status status = store_->take(std::move(one), {}, [this](const Status& safe) { safe_.push_back(safe.ok()); });
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  void take_memory(const std::string& value) {
    ASSERT_TRUE(store_->take({}, {{"city", {"k", value}}}, [](const Status&) {}).ok());
  }
  std::string memory() { return (*store_->memories("city"))["k"]; }

  /// Time passes, and the store's timer with it.
  void pass(std::int64_t ms) {
    for (; ms > 0; ms -= 2'500) {
      clock_.now += MonoTime{std::min<std::int64_t>(ms, 2'500)};
      dynamic_cast<FlashSaver&>(*store_).write_overdue();
    }
  }

  std::vector<StoredReading> all() { return std::move(*store_->read(OutboxId{0}, store_->last_id(), 1'000'000)); }
  void settle_all() {
    for (const StoredReading& stored : all()) store_->settle(stored, Outbox::Outcome::kReceipted);
    ASSERT_TRUE(store_->trim().ok());
  }
  /// As "station epoch-seq".
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const StoredReading& stored : all()) {
      names.push_back(stored.reading.station_id + (stored.reading.epoch == store_->epoch() ? " new-" : " old-") +
                      std::to_string(stored.reading.seq));
    }
    return names;
  }

  using Names = std::vector<std::string>;
  std::string folder_;
  boost::asio::io_context loop_;
  SteadyClock clock_;
  std::unique_ptr<ReadingStore> store_;
  std::vector<bool> safe_;
};

TEST_F(FlashSaverTest, with_receipts_in_time_nothing_is_written) {
  take("a");  // a station that was never seen is written once
  settle_all();
  const std::string values(150, ' ');
  const std::uint64_t before = bytes_written();
  std::uint64_t payload = 0;
  for (int i = 0; i < 2'000; ++i) {
    take("a", "{" + values + "}");
    payload += values.size() + 2;
    pass(100);
    settle_all();
  }
  const std::uint64_t written = bytes_written() - before;
  EXPECT_LT(static_cast<double>(written), 0.1 * static_cast<double>(payload)) << written << " of " << payload;
  EXPECT_LT(written, 1'000U) << "the loop's wake-ups count too; a commit is over 4,096";
  const EpochAccount account = store_->accounts().front();
  EXPECT_EQ(account.accepted, 2'001U);
  EXPECT_EQ(account.receipted, 2'001U);
}

TEST_F(FlashSaverTest, can_be_read_at_once_in_the_order_taken_with_what_is_on_flash) {
  take("a");
  take("b");
  pass(10'000);
  take("a");
  EXPECT_EQ(store_->waiting_in_memory(), 1U);
  EXPECT_EQ(names(), (Names{"a new-1", "b new-1", "a new-2"}));
  const auto two = *store_->read(OutboxId{1}, store_->last_id(), 1);
  ASSERT_EQ(two.size(), 1U);
  EXPECT_EQ(two[0].reading.station_id, "b");
}

TEST_F(FlashSaverTest, a_reading_without_receipt_is_on_flash_before_it_is_n_seconds_old) {
  take("a");
  pass(5'000);
  take("b");
  EXPECT_EQ(store_->waiting_in_memory(), 2U);
  pass(5'000);
  EXPECT_EQ(store_->waiting_in_memory(), 1U);
  power_cut();
  EXPECT_EQ(names(), (Names{"a old-1", "b new-1"})) << "the second states that b's numbers had gone to 1";
}

TEST_F(FlashSaverTest, the_source_hears_success_when_all_of_a_group_is_receipted_or_written) {
  std::vector<NewReading> two;
  for (const char* station : {"a", "b"}) {
    two.push_back({{station, Stream::kWeather, UtcTime{5}, "{}"}, {UtcTime{5}, ClockQuality::kSynced, {}}});
  }
  bool safe = false;
  ASSERT_TRUE(store_->take(std::move(two), {}, [&](const Status& status) { safe = status.ok(); }).ok());
  store_->settle(all()[0], Outbox::Outcome::kReceipted);
  EXPECT_FALSE(safe);
  pass(10'000);
  EXPECT_TRUE(safe);
}

TEST_F(FlashSaverTest, a_power_cut_costs_the_last_seconds_and_the_next_start_says_how_far_the_numbers_went) {
  const std::string dead = store_->epoch();
  for (int i = 0; i < 4; ++i) {
    take("a");
    pass(5'000);
  }
  take("a");  // after the last write: nobody knows of it
  power_cut();
  EXPECT_NE(store_->epoch(), dead);
  const auto left = all();
  ASSERT_EQ(left.size(), 4U);
  EXPECT_EQ(names(), (Names{"a old-1", "a old-2", "a old-3", "a new-1"}));
  EXPECT_EQ(left[3].reading.stream, Stream::kLoss);
  EXPECT_EQ(left[3].reading.observed_at, UtcTime{7});
  const auto loss = parse_loss(left[3].reading.values);
  ASSERT_TRUE(loss.has_value()) << left[3].reading.values;
  EXPECT_EQ(loss->reason, "epoch_closed");
  EXPECT_EQ(loss->epoch, dead);
  EXPECT_EQ(loss->last_seq, 4U) << "the number in memory when the third was written";
  EXPECT_TRUE(loss->ranges.empty());
  power_cut();
  EXPECT_EQ(all().size(), 4U) << "it is said once, and is on flash";
}

TEST_F(FlashSaverTest, the_next_start_in_strict_says_so_too) {
  take("a");
  pass(5'000);
  take("a");
  pass(5'000);
  open_strict();
  EXPECT_EQ(names(), (Names{"a old-1", "a new-1"}));
  EXPECT_EQ(all().back().reading.stream, Stream::kLoss);
}

TEST_F(FlashSaverTest, a_clean_stop_loses_nothing_and_the_next_start_begins_a_new_epoch) {
  take("a");
  take("b");
  const std::string first = store_->epoch();
  ASSERT_TRUE(store_->flush().ok());
  EXPECT_EQ(safe_, (std::vector<bool>{true, true}));
  take("a");
  clean_stop();
  EXPECT_NE(store_->epoch(), first);
  EXPECT_EQ(names(), (Names{"a old-1", "b old-1", "a old-2"}));
}

TEST_F(FlashSaverTest, drivers_memories_outlive_a_clean_stop_and_not_a_power_cut) {
  take_memory("1");
  EXPECT_EQ(memory(), "1");
  clean_stop();
  EXPECT_EQ(memory(), "1");
  take_memory("2");
  power_cut();
  EXPECT_EQ(memory(), "") << "one that is older than what was published is worse than none";
}

TEST_F(FlashSaverTest, accounts_add_up_whatever_became_of_a_reading) {
  for (const char* station : {"a", "b", "c", "d"}) take(station);
  store_->settle(all()[0], Outbox::Outcome::kReceipted);
  store_->settle(all()[0], Outbox::Outcome::kRefused);
  pass(10'000);
  take("e");
  const EpochAccount account = store_->accounts().front();
  EXPECT_EQ(account.receipted, 1U);
  EXPECT_EQ(account.refused, 1U);
  EXPECT_EQ(account.waiting, 3U);
  EXPECT_EQ(account.accepted, 5U);
  EXPECT_EQ(store_->waiting(), 3U);
}

TEST_F(FlashSaverTest, full_memory_is_written) {
  open(2'000);
  const std::string values = "{\"note\":\"" + std::string(480, 'x') + "\"}";
  for (int i = 0; i < 20; ++i) {
    take("a", values);
    EXPECT_LE(store_->waiting_in_memory(), 2U);
  }
  EXPECT_EQ(all().size(), 20U);
}

TEST_F(FlashSaverTest, readings_without_time_are_dated_in_memory_and_on_flash) {
  take("a", "{}", std::nullopt);
  pass(10'000);
  take("b", "{}", std::nullopt);
  EXPECT_TRUE(all().empty());
  ASSERT_TRUE(store_->date_readings(1'000, UtcTime{0}).ok());
  const auto dated = all();
  ASSERT_EQ(dated.size(), 2U);
  EXPECT_EQ(dated[1].reading.observed_at, UtcTime{clock_.now.count() + 1'000});
  EXPECT_EQ(dated[0].reading.clock, ClockQuality::kDated);
  EXPECT_EQ(dated[1].reading.clock, ClockQuality::kDated);
}

}  // namespace
}  // namespace wayside::edge
