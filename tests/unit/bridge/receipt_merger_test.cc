// Proves what agents are told: one receipt per (agent, epoch) however the messages were mixed, refusals take numbers
// back, health is answered once. By reading the encoded messages back with the contract's own parser.
#include "bridge/receipt_merger.h"

#include <gtest/gtest.h>

#include "common/contract/receipt.h"

namespace wayside::bridge {
namespace {

constexpr UtcTime kNow{1'795'000'000'000};

std::vector<Receipt> receipts_to(const std::string& agent, const std::vector<ReceiptMerger::Outgoing>& messages) {
  std::vector<Receipt> out;
  for (const auto& message : messages) {
    if (message.topic != "wayside/v1/" + agent + "/receipts") continue;
    auto receipt = parse_receipt(message.payload);
    EXPECT_TRUE(receipt.ok()) << message.payload;
    if (receipt.ok()) out.push_back(std::move(*receipt));
  }
  return out;
}

TEST(ReceiptMerger, merges_neighbours_and_stations_of_one_epoch) {
  ReceiptMerger merger;
  for (const std::uint64_t seq : {57U, 55U, 56U, 60U}) merger.delivered("a", "e1", "72", seq);
  merger.delivered("a", "e1", "73", 1);
  const auto receipts = receipts_to("a", merger.encode(kNow, 500));
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].epoch, "e1");
  EXPECT_EQ(receipts[0].stations.at("72").runs(), (std::vector<SeqRange>{{55, 57}, {60, 60}}));
  EXPECT_EQ(receipts[0].stations.at("73").runs(), (std::vector<SeqRange>{{1, 1}}));
  EXPECT_FALSE(receipts[0].now);
}

TEST(ReceiptMerger, keeps_agents_and_epochs_apart) {
  ReceiptMerger merger;
  merger.delivered("a", "e1", "72", 1);
  merger.delivered("b", "e1", "72", 2);
  merger.delivered("a", "e2", "72", 3);
  merger.delivered("a", "e1", "72", 2);
  const auto messages = merger.encode(kNow, 0);
  EXPECT_EQ(receipts_to("a", messages).size(), 2U);
  ASSERT_EQ(receipts_to("b", messages).size(), 1U);
  EXPECT_EQ(receipts_to("b", messages)[0].stations.at("72").runs(), (std::vector<SeqRange>{{2, 2}}));
}

TEST(ReceiptMerger, refusal_takes_the_number_back) {
  ReceiptMerger merger;
  merger.delivered("a", "e", "72", 1);
  merger.delivered("a", "e", "72", 2);
  merger.delivered("a", "e", "9", 4);
  merger.refused("a", "e", "72", 2);
  merger.refused("a", "e", "9", 4);
  const auto receipts = receipts_to("a", merger.encode(kNow, 0));
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].stations.at("72").runs(), (std::vector<SeqRange>{{1, 1}}));
  EXPECT_FALSE(receipts[0].stations.contains("9"));
  EXPECT_EQ(receipts[0].refused.at("72").runs(), (std::vector<SeqRange>{{2, 2}}));
  EXPECT_EQ(receipts[0].refused.at("9").runs(), (std::vector<SeqRange>{{4, 4}}));
}

TEST(ReceiptMerger, answers_health_once_with_now_and_rate) {
  ReceiptMerger merger;
  merger.answer_health("a");
  merger.answer_health("a");
  const auto receipts = receipts_to("a", merger.encode(kNow, 500));
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].now, kNow);
  EXPECT_EQ(receipts[0].backlog_per_s, 500U);
  EXPECT_FALSE(receipts[0].has_ranges());
}

TEST(ReceiptMerger, tells_no_time_it_does_not_know) {
  ReceiptMerger merger;
  merger.answer_health("a");
  const auto receipts = receipts_to("a", merger.encode(std::nullopt, 0));
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_FALSE(receipts[0].now);
  EXPECT_FALSE(receipts[0].backlog_per_s);
}

TEST(ReceiptMerger, is_empty_after_clear_and_usable_again) {
  ReceiptMerger merger;
  merger.delivered("a", "e", "72", 1);
  merger.answer_health("a");
  merger.clear();
  EXPECT_TRUE(merger.empty());
  EXPECT_TRUE(merger.encode(kNow, 500).empty());
  merger.delivered("a", "e", "72", 7);
  EXPECT_EQ(receipts_to("a", merger.encode(kNow, 0)).at(0).stations.at("72").runs(), (std::vector<SeqRange>{{7, 7}}));
}

}  // namespace
}  // namespace wayside::bridge
