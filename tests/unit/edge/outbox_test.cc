// Proves that the outbox numbers, keeps, settles and drops readings as its contract says, on real SQLite files in a
// temporary folder. An unclean stop is an outbox that is destroyed without close().
#include "edge/outbox.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <set>

#include "common/base/sqlite.h"
#include "edge/epoch_accounts.h"

namespace wayside::edge {
namespace {

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    char pattern[] = "/tmp/wayside-outbox-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~OutboxTest() override {
    outbox_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open(const OutboxLimits& limits = {}, const std::string& boot = "boot-1") {
    outbox_.reset();
    auto opened = Outbox::open(folder_ + "/outbox.db", limits, boot);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    outbox_ = std::move(*opened);
  }

  static OutboxLimits limited_to(std::uint64_t bytes) {
    OutboxLimits limits;
    limits.bytes_max = bytes;
    return limits;
  }

  static NewReading reading(const std::string& station, std::int64_t observed_ms, std::string values = "{}") {
    return {{station, Stream::kWeather, UtcTime{observed_ms}, std::move(values)},
            {UtcTime{observed_ms}, ClockQuality::kSynced, {}}};
  }

  /// One reading of each of the stations s0, s1, …
  static std::vector<NewReading> of_stations(std::size_t count, std::int64_t observed_ms, const std::string& values = "{}") {
    std::vector<NewReading> group(count);
    for (std::size_t n = 0; n < count; ++n) group[n] = reading("s" + std::to_string(n), observed_ms, values);
    return group;
  }

  void accept(std::vector<NewReading> readings) {
    const Status status = outbox_->accept(readings, {});
    ASSERT_TRUE(status.ok()) << status.error().message;
  }

  std::vector<StoredReading> all() {
    auto readings = outbox_->read(OutboxId{0}, outbox_->last_id(), 1'000'000);
    EXPECT_TRUE(readings.ok());
    return std::move(*readings);
  }

  void settle_all() {
    for (const StoredReading& stored : all()) outbox_->settle(stored, Outbox::Outcome::kReceipted);
    ASSERT_TRUE(outbox_->trim().ok());
  }

  std::string folder_;
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxTest, numbers_each_station_from_1) {
  open();
  accept({reading("a", 1), reading("b", 2), reading("a", 3)});
  const auto stored = all();
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[0].reading.seq, 1U);
  EXPECT_EQ(stored[1].reading.seq, 1U);
  EXPECT_EQ(stored[2].reading.seq, 2U);
  EXPECT_EQ(stored[0].reading.epoch, outbox_->epoch());
  EXPECT_EQ(stored[0].reading.epoch.size(), 16U);
}

TEST_F(OutboxTest, goes_on_in_its_epoch_after_a_clean_stop_even_when_all_is_settled) {
  open();
  accept({reading("a", 1), reading("a", 2)});
  const std::string epoch = outbox_->epoch();
  settle_all();
  ASSERT_TRUE(outbox_->close().ok());
  open();
  EXPECT_EQ(outbox_->epoch(), epoch);
  accept({reading("a", 3)});
  EXPECT_EQ(all().front().reading.seq, 3U);
}

TEST_F(OutboxTest, begins_a_new_epoch_after_an_unclean_stop_and_keeps_the_old_readings_under_their_numbers) {
  open();
  accept({reading("a", 1)});
  const std::string old_epoch = outbox_->epoch();
  open();
  EXPECT_NE(outbox_->epoch(), old_epoch);
  accept({reading("a", 2)});
  const auto stored = all();
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].reading.epoch, old_epoch);
  EXPECT_EQ(stored[0].reading.seq, 1U);
  EXPECT_EQ(stored[1].reading.epoch, outbox_->epoch());
  EXPECT_EQ(stored[1].reading.seq, 1U);
}

TEST_F(OutboxTest, keeps_a_settled_reading_until_it_is_trimmed) {
  open();
  accept({reading("a", 1)});
  outbox_->settle(all().front(), Outbox::Outcome::kReceipted);
  EXPECT_EQ(outbox_->settled_waiting(), 1U);
  open();  // crash before the trim
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(OutboxTest, accounts_add_up) {
  open();
  accept({reading("a", 1), reading("a", 2), reading("b", 3)});
  const auto stored = all();
  outbox_->settle(stored[0], Outbox::Outcome::kReceipted);
  outbox_->settle(stored[1], Outbox::Outcome::kRefused);
  ASSERT_TRUE(outbox_->trim().ok());
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.accepted, 3U);
  EXPECT_EQ(account.receipted, 1U);
  EXPECT_EQ(account.refused, 1U);
  EXPECT_EQ(account.waiting, 1U);
  EXPECT_EQ(account.dropped, 0U);
}

TEST_F(OutboxTest, accounts_survive_a_crash) {
  open();
  accept({reading("a", 1), reading("a", 2)});
  outbox_->settle(all().front(), Outbox::Outcome::kReceipted);
  ASSERT_TRUE(outbox_->trim().ok());
  const std::string old_epoch = outbox_->epoch();
  open();
  const auto accounts = outbox_->accounts();
  ASSERT_EQ(accounts.size(), 2U);
  EXPECT_EQ(accounts[1].epoch, old_epoch);
  EXPECT_EQ(accounts[1].accepted, 2U);
  EXPECT_EQ(accounts[1].receipted, 1U);
  EXPECT_EQ(accounts[1].waiting, 1U);
}

TEST_F(OutboxTest, drops_the_oldest_at_its_limit_and_states_the_loss) {
  open(limited_to(10'000));
  const std::string values = "{\"note\":\"" + std::string(100, 'x') + "\"}";
  for (int i = 0; i < 100; ++i) accept({reading("a", i, values)});
  EXPECT_LE(outbox_->bytes(), 10'000U);
  RangeSet stated;
  RangeSet kept;
  for (const StoredReading& stored : all()) {
    kept.insert(stored.reading.seq);
    if (stored.reading.stream != Stream::kLoss) continue;
    const auto loss = parse_loss(stored.reading.values);
    ASSERT_TRUE(loss.has_value());
    EXPECT_EQ(loss->epoch, outbox_->epoch());
    EXPECT_EQ(loss->reason, "outbox_full");
    for (const SeqRange& range : loss->ranges) EXPECT_EQ(stated.insert(range), range.size()) << "stated twice";
  }
  ASSERT_FALSE(stated.empty());
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.dropped, stated.count());
  EXPECT_EQ(account.waiting, kept.count());
  EXPECT_EQ(account.accepted, stated.count() + kept.count());
  // Together they are every number that was given: nothing vanished without a word.
  for (const SeqRange& range : kept.runs()) stated.insert(range);
  EXPECT_EQ(stated.runs(), (std::vector<SeqRange>{{1, account.accepted}}));
}

TEST_F(OutboxTest, a_receipt_for_a_dropped_reading_counts_it_once) {
  open(limited_to(2'000));
  accept({reading("a", 1)});
  const StoredReading first = all().front();
  const std::string values = "{\"note\":\"" + std::string(100, 'x') + "\"}";
  for (int i = 0; i < 30; ++i) accept({reading("a", i, values)});
  outbox_->settle(first, Outbox::Outcome::kReceipted);
  ASSERT_TRUE(outbox_->trim().ok());
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.receipted, 0U);
  EXPECT_EQ(account.accepted, account.dropped + account.waiting);
}

TEST_F(OutboxTest, undated_readings_wait_until_their_boot_is_dated) {
  open();
  NewReading undated = reading("a", 0);
  undated.stamp = {std::nullopt, ClockQuality::kUnknown, MonoTime{5'000}};
  accept({undated, reading("a", 7)});
  ASSERT_EQ(all().size(), 1U);
  ASSERT_TRUE(outbox_->date_readings(1'700'000'000'000, UtcTime{1'700'000'000'000}).ok());
  const auto stored = all();
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].reading.observed_at.ms, 1'700'000'005'000);
  EXPECT_EQ(stored[0].reading.clock, ClockQuality::kDated);
}

TEST_F(OutboxTest, readings_of_an_earlier_boot_without_time_get_this_boots_start_and_clock_unknown) {
  open();
  NewReading undated = reading("a", 0);
  undated.stamp = {std::nullopt, ClockQuality::kUnknown, MonoTime{5'000}};
  accept({undated});
  open({}, "boot-2");
  ASSERT_TRUE(outbox_->date_readings(1'700'000'000'000, UtcTime{1'700'000'000'000}).ok());
  const auto stored = all();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].reading.observed_at.ms, 1'700'000'000'000);
  EXPECT_EQ(stored[0].reading.clock, ClockQuality::kUnknown);
}

TEST_F(OutboxTest, memories_are_committed_with_their_readings) {
  open();
  const std::vector<SourceMemory> memories{{"city", {"a", "1"}}, {"mast", {"a", "2"}}};
  const std::vector<NewReading> readings{reading("a", 1)};
  ASSERT_TRUE(outbox_->accept(readings, memories).ok());
  open();
  EXPECT_EQ(*outbox_->memories("city"), (std::map<std::string, std::string>{{"a", "1"}}));
}

TEST_F(OutboxTest, station_information_is_kept_and_only_a_difference_is_news) {
  open();
  EXPECT_TRUE(outbox_->remember_info("a", "{\"name\":\"A\"}"));
  EXPECT_FALSE(outbox_->remember_info("a", "{\"name\":\"A\"}"));
  ASSERT_TRUE(outbox_->trim().ok());
  open();
  EXPECT_TRUE(outbox_->infos()->empty()) << "a station that nobody announces any more is not told again";
  EXPECT_TRUE(outbox_->remember_info("a", "{\"name\":\"A\"}")) << "told once in each process";
  EXPECT_FALSE(outbox_->remember_info("a", "{\"name\":\"A\"}"));
  EXPECT_TRUE(outbox_->remember_info("a", "{\"name\":\"B\"}"));
  EXPECT_EQ(outbox_->infos()->at("a"), "{\"name\":\"B\"}");
}

TEST_F(OutboxTest, a_failed_commit_takes_back_every_number) {
  open();
  accept({reading("a", 1)});
  const OutboxId before = outbox_->last_id();
  const std::uint64_t bytes = outbox_->bytes();
  // A disk quota of the process: every write beyond this size fails.
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  signal(SIGXFSZ, SIG_IGN);
  rlimit small = old_limit;
  small.rlim_cur = 1;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::vector<NewReading> more{reading("a", 2), reading("new", 3)};
  const Status failed = outbox_->accept(more, {});
  setrlimit(RLIMIT_FSIZE, &old_limit);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(outbox_->last_id(), before);
  EXPECT_EQ(outbox_->bytes(), bytes);
  accept({reading("a", 4), reading("new", 5)});
  const auto stored = all();
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[1].reading.seq, 2U);
  EXPECT_EQ(stored[2].reading.seq, 1U);
}

TEST_F(OutboxTest, a_transaction_that_cannot_begin_takes_back_nothing_of_the_one_before) {
  open();
  accept({reading("a", 1), reading("b", 2)});
  auto other = SqlDatabase::open(folder_ + "/outbox.db", {.read_only = false, .synchronous_full = true, .busy_timeout_ms = 0});
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE").ok());
  const std::vector<NewReading> more{reading("a", 3)};
  EXPECT_FALSE(outbox_->accept(more, {}).ok());
  ASSERT_TRUE(other->execute("ROLLBACK").ok());
  accept({reading("a", 4), reading("b", 5)});
  std::set<std::pair<std::string, std::uint64_t>> numbers;
  for (const StoredReading& stored : all()) numbers.insert({stored.reading.station_id, stored.reading.seq});
  EXPECT_EQ(numbers, (std::set<std::pair<std::string, std::uint64_t>>{{"a", 1}, {"a", 2}, {"b", 1}, {"b", 2}}));
}

TEST_F(OutboxTest, size_counts_bytes_not_characters_and_is_the_same_after_a_restart) {
  open();
  accept({reading("a", 1, "{\"note\":\"Großmünsterstraße\"}")});
  const std::uint64_t bytes = outbox_->bytes();
  open();
  EXPECT_EQ(outbox_->bytes(), bytes);
  settle_all();
  EXPECT_EQ(outbox_->bytes(), 0U);
}

TEST_F(OutboxTest, loss_statements_never_fill_the_outbox_themselves) {
  open(limited_to(100'000));
  for (int round = 0; round < 400; ++round) {
    accept(of_stations(20, round));
  }
  EXPECT_LE(outbox_->bytes(), 100'000U);
  std::map<std::string, RangeSet> accounted;
  for (const StoredReading& stored : all()) {
    accounted[stored.reading.station_id].insert(stored.reading.seq);
    if (stored.reading.stream != Stream::kLoss) continue;
    const auto loss = parse_loss(stored.reading.values);
    ASSERT_TRUE(loss.has_value());
    for (const SeqRange& range : loss->ranges) accounted[stored.reading.station_id].insert(range);
  }
  std::uint64_t total = 0;
  for (const auto& [station, seqs] : accounted) {
    EXPECT_EQ(seqs.runs().size(), 1U) << station << ": numbers vanished without a word";
    total += seqs.count();
  }
  const EpochAccount account = outbox_->accounts().front();
  EXPECT_EQ(account.accepted, total);
  EXPECT_EQ(account.waiting, all().size());
}

TEST_F(OutboxTest, one_far_too_small_keeps_to_its_limit_and_pushes_back_what_does_not_fit) {
  open(limited_to(60'000));
  for (int round = 0; round < 60; ++round) {
    accept(of_stations(300, round, "{\"a\":1}"));
    ASSERT_LE(outbox_->bytes(), 60'000U) << "in round " << round;
  }
  auto large = of_stations(1'000, 60);
  EXPECT_FALSE(outbox_->accept(large, {}).ok());
  std::map<std::string, RangeSet> accounted;
  std::map<std::string, int> statements;
  for (const StoredReading& stored : all()) {
    accounted[stored.reading.station_id].insert(stored.reading.seq);
    if (stored.reading.stream != Stream::kLoss) continue;
    EXPECT_EQ(++statements[stored.reading.station_id], 1);
    const auto loss = parse_loss(stored.reading.values);
    ASSERT_TRUE(loss.has_value());
    for (const SeqRange& range : loss->ranges) accounted[stored.reading.station_id].insert(range);
  }
  for (const auto& [station, seqs] : accounted) EXPECT_EQ(seqs.runs().size(), 1U) << station;
  settle_all();
  accept(large);
}

TEST_F(OutboxTest, refuses_while_the_disk_is_low_and_takes_again_only_with_some_room_more) {
  std::uint64_t free = 1'000;
  OutboxLimits limits;
  limits.disk_free_min = 1'000;
  limits.disk_free = [&free] { return free; };
  open(limits);
  accept({reading("a", 1)});
  free = 999;
  const std::vector<NewReading> more{reading("a", 2)};
  EXPECT_FALSE(outbox_->accept(more, {}).ok());
  EXPECT_FALSE(outbox_->fault().empty());
  settle_all();  // receipts are taken: they make room
  free = 1'400;
  EXPECT_FALSE(outbox_->accept(more, {}).ok()) << "not at once when a little is free again";
  free = 1'500;
  accept(more);
  EXPECT_TRUE(outbox_->fault().empty());
  EXPECT_EQ(all().back().reading.seq, 2U);
}

TEST_F(OutboxTest, a_loss_of_many_runs_is_stated_in_pieces_that_the_contract_takes) {
  open(limited_to(200'000));
  const auto filler = [](int i) { return reading("a", i, R"({"note":"0123456789"})"); };
  std::vector<NewReading> group;
  group.reserve(2'000);
  for (int i = 0; i < 2'000; ++i) group.push_back(filler(i));
  accept(group);
  const auto stored = all();
  for (std::size_t i = 0; i < stored.size(); i += 2) outbox_->settle(stored[i], Outbox::Outcome::kReceipted);
  ASSERT_TRUE(outbox_->trim().ok());
  while (outbox_->accounts().front().dropped < 900) {
    accept({reading("b", 1, "{\"note\":\"" + std::string(10'000, 'x') + "\"}")});
  }
  for (const StoredReading& reading : all()) EXPECT_LT(encode_reading(reading.reading).size(), kReadingBytesMax);
}

TEST_F(OutboxTest, forgets_epochs_in_which_nothing_was_accepted) {
  for (int i = 0; i < 20; ++i) open();
  EXPECT_EQ(outbox_->accounts().size(), 1U);
  for (int i = 0; i < 20; ++i) {
    accept({reading("a", i)});
    settle_all();
    open();
  }
  EXPECT_LE(outbox_->accounts().size(), 10U) << "settled ones are kept as long as health shows them";
}

TEST_F(OutboxTest, information_that_is_not_written_yet_is_there) {
  open();
  EXPECT_TRUE(outbox_->remember_info("a", "{\"name\":\"A\"}"));
  EXPECT_EQ(outbox_->infos()->at("a"), "{\"name\":\"A\"}");
}

TEST(Epoch, is_random_hex) {
  std::set<std::string> epochs;
  for (int i = 0; i < 100; ++i) {
    const std::string epoch = random_epoch();
    EXPECT_EQ(epoch.size(), 16U);
    EXPECT_EQ(epoch.find_first_not_of("0123456789abcdef"), std::string::npos);
    epochs.insert(epoch);
  }
  EXPECT_EQ(epochs.size(), 100U);
}

}  // namespace
}  // namespace wayside::edge
