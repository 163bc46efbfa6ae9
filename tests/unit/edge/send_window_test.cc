// Proves the resend rules of DESIGN 5.2 on the pure window, with time given by hand.
#include "edge/send_window.h"

#include <gtest/gtest.h>

namespace wayside::edge {
namespace {

constexpr MonoTime kStart{1'000'000};

StoredReading reading(std::uint64_t seq, const std::string& station = "72") {
  StoredReading stored;
  stored.id = OutboxId{static_cast<std::int64_t>(seq)};
  stored.reading.station_id = station;
  stored.reading.epoch = "9f2c41d07a3be815";
  stored.reading.seq = seq;
  return stored;
}

Receipt receipt(std::uint64_t first, std::uint64_t last, const std::string& station = "72") {
  Receipt receipt;
  receipt.epoch = "9f2c41d07a3be815";
  receipt.stations[station].insert(SeqRange{first, last});
  return receipt;
}

class SendWindowTest : public testing::Test {
 protected:
  void send(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t seq = first; seq <= last; ++seq) window_.sent(reading(seq), kStart);
  }
  std::vector<std::uint64_t> due(MonoTime now) {
    std::vector<std::uint64_t> seqs;
    for (const auto& resend : window_.due(now, 100)) seqs.push_back(resend.reading->reading.seq);
    return seqs;
  }
  using Seqs = std::vector<std::uint64_t>;

  SendWindow window_{10, {}, 1};
};

TEST_F(SendWindowTest, has_room_for_readings_without_receipt_only_up_to_its_size) {
  send(1, 10);
  EXPECT_EQ(window_.room(), 0U);
  const auto settled = window_.receipt(receipt(1, 4), kStart);
  EXPECT_EQ(settled.receipted.size(), 4U);
  EXPECT_EQ(window_.room(), 4U);
}

TEST_F(SendWindowTest, a_refusal_frees_the_window_too) {
  send(1, 2);
  Receipt refusal;
  refusal.epoch = "9f2c41d07a3be815";
  refusal.refused["72"].insert(1);
  const auto settled = window_.receipt(refusal, kStart);
  ASSERT_EQ(settled.refused.size(), 1U);
  EXPECT_EQ(settled.refused[0].reading.seq, 1U);
  EXPECT_EQ(window_.in_flight(), 1U);
}

TEST_F(SendWindowTest, ignores_receipts_of_other_epochs_and_stations) {
  send(1, 3);
  Receipt other = receipt(1, 3);
  other.epoch = "other";
  EXPECT_TRUE(window_.receipt(other, kStart).receipted.empty());
  EXPECT_TRUE(window_.receipt(receipt(1, 3, "73"), kStart).receipted.empty());
  EXPECT_EQ(window_.in_flight(), 3U);
}

TEST_F(SendWindowTest, sends_nothing_again_while_receipts_are_on_their_way) {
  send(1, 5);
  EXPECT_EQ(due(kStart + MonoTime{20'000}), Seqs{});
}

TEST_F(SendWindowTest, sends_all_again_in_order_in_a_new_session) {
  send(1, 3);
  window_.session_started(kStart);
  EXPECT_EQ(due(kStart), (Seqs{1, 2, 3}));
  EXPECT_EQ(due(kStart), Seqs{}) << "once";
}

TEST_F(SendWindowTest, sends_a_hole_again_that_a_receipt_has_overtaken) {
  send(1, 5);
  window_.receipt(receipt(3, 4), kStart);
  EXPECT_EQ(due(kStart + MonoTime{1'000}), Seqs{}) << "its receipt may be on the way";
  EXPECT_EQ(due(kStart + MonoTime{2'000}), (Seqs{1, 2})) << "5 was published later: not overtaken";
}

TEST_F(SendWindowTest, the_answer_to_a_health_message_overtakes_what_was_published_before_it) {
  send(1, 2);
  window_.health_sent();
  send(3, 3);
  Receipt now;
  now.now = UtcTime{1};
  window_.receipt(now, kStart);
  EXPECT_EQ(due(kStart + MonoTime{2'000}), (Seqs{1, 2}));
}

TEST_F(SendWindowTest, probes_with_the_oldest_alone_on_silence_and_doubles_the_wait) {
  send(1, 3);
  EXPECT_EQ(due(kStart + MonoTime{23'000}), Seqs{});
  EXPECT_EQ(due(kStart + MonoTime{36'100}), Seqs{1});
  EXPECT_EQ(window_.room(), 0U) << "no new reading before the probe's receipt";
  EXPECT_EQ(due(kStart + MonoTime{36'100 + 47'000}), Seqs{});
  EXPECT_EQ(due(kStart + MonoTime{36'100 + 72'100}), Seqs{2}) << "the oldest publication is probed next";
}

TEST_F(SendWindowTest, a_probes_receipt_opens_the_window_and_overtakes_the_rest) {
  send(1, 3);
  const MonoTime later = kStart + MonoTime{36'100};
  ASSERT_EQ(due(later), Seqs{1});
  window_.receipt(receipt(1, 1), later);
  EXPECT_EQ(window_.room(), 8U);
  EXPECT_EQ(due(later + MonoTime{2'000}), (Seqs{2, 3}));
}

TEST_F(SendWindowTest, the_probe_wait_never_exceeds_its_limit) {
  send(1, 1);
  MonoTime now = kStart;
  MonoTime longest{0};
  for (int probes = 0; probes < 12;) {
    const MonoTime before = now;
    while (due(now).empty()) now += MonoTime{1'000};
    longest = std::max(longest, now - before);
    ++probes;
  }
  EXPECT_GT(longest, MonoTime{700'000});
  EXPECT_LE(longest, MonoTime{1'081'000});  // 15 min and 20 % jitter
}

TEST_F(SendWindowTest, waits_when_nobody_subscribes_and_sends_again_at_the_first_word_of_the_bridge) {
  const auto publication = window_.sent(reading(1), kStart);
  window_.unheard(publication);
  EXPECT_EQ(window_.room(), 0U);
  EXPECT_EQ(due(kStart + MonoTime{5'000}), Seqs{});
  Receipt now;
  now.now = UtcTime{1};
  window_.receipt(now, kStart + MonoTime{5'000});
  EXPECT_EQ(due(kStart + MonoTime{5'000}), Seqs{1});
  EXPECT_GT(window_.room(), 0U);
}

TEST_F(SendWindowTest, knows_what_is_on_its_way) {
  send(1, 1);
  EXPECT_TRUE(window_.contains(reading(1).reading));
  window_.receipt(receipt(1, 1), kStart);
  EXPECT_FALSE(window_.contains(reading(1).reading));
  EXPECT_EQ(window_.next_due(), std::nullopt);
}

// A broker that holds half a million readings of 2,000 agents answers after more than 30 s: each agent has probed by then.
TEST_F(SendWindowTest, a_receipt_of_the_first_copy_of_a_probe_overtakes_nothing) {
  send(1, 5);
  EXPECT_EQ(due(kStart + MonoTime(40'000)), Seqs({1}));
  window_.receipt(receipt(1, 1), kStart + MonoTime(45'000));
  EXPECT_EQ(due(kStart + MonoTime(60'000)), Seqs());
  window_.receipt(receipt(2, 3), kStart + MonoTime(70'000));
  EXPECT_EQ(due(kStart + MonoTime(90'000)), Seqs()) << "while receipts come the rest is on its way";
  EXPECT_EQ(due(kStart + MonoTime(100'000)), Seqs({4, 5}));
}

}  // namespace
}  // namespace wayside::edge
