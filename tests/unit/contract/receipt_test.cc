// Proves that receipts say the same after encoding, splitting and parsing, whatever their size; random ones against the
// merge of their parts.
#include "common/contract/receipt.h"

#include <gtest/gtest.h>

#include "common/contract/reading.h"
#include "tests/unit/seeded.h"

namespace wayside {
namespace {

/// All parts put together again.
Receipt merged(const std::vector<std::string>& texts, std::size_t bytes_max) {
  Receipt whole;
  for (const std::string& text : texts) {
    EXPECT_LE(text.size(), bytes_max);
    const auto part = parse_receipt(text);
    if (!part) {
      ADD_FAILURE() << part.error().message << ": " << text;
      continue;
    }
    whole.epoch = part->epoch;
    whole.now = part->now;
    whole.backlog_per_s = part->backlog_per_s;
    const auto add = [](auto& to, const auto& from) {
      for (const auto& [station, ranges] : from) {
        for (const SeqRange& range : ranges.runs()) to[station].insert(range);
      }
    };
    add(whole.stations, part->stations);
    add(whole.refused, part->refused);
  }
  return whole;
}

void expect_same(const Receipt& a, const Receipt& b) {
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.stations, b.stations);
  EXPECT_EQ(a.refused, b.refused);
  EXPECT_EQ(a.backlog_per_s, b.backlog_per_s);
  EXPECT_EQ(a.now, b.now);
}

TEST(Receipt, random_ones_come_back_in_parts_of_limited_size) {
  test::Seeded random;
  for (int round = 0; round < 200; ++round) {
    Receipt receipt;
    receipt.epoch = random.text("0123456789abcdef", 1, 32);
    for (auto* section : {&receipt.stations, &receipt.refused}) {
      for (std::uint64_t i = random.number(0, 20); i > 0; --i) {
        auto& ranges = (*section)[random.text("abc01:.-", 1, 64)];
        for (std::uint64_t k = random.number(1, random.one_in(5) ? 200 : 5); k > 0; --k) {
          const std::uint64_t first = random.number(1, kSeqMax - 9);
          ranges.insert({first, first + random.number(0, 9)});
        }
      }
    }
    if (random.one_in(2)) receipt.backlog_per_s = static_cast<std::uint32_t>(random.number(1, 1'000'000));
    if (random.one_in(2)) receipt.now = UtcTime{static_cast<std::int64_t>(random.number(0, 4'000'000'000'000))};
    const std::size_t bytes_max = random.number(512, 4096);
    const auto texts = encode_receipt(receipt, bytes_max);
    EXPECT_TRUE(receipt.has_ranges() || texts.size() == 1U);
    expect_same(merged(texts, bytes_max), receipt);
  }
}

TEST(Receipt, one_station_with_many_runs_is_split) {
  Receipt receipt;
  receipt.epoch = "e1";
  for (std::uint64_t seq = 1; seq < 20'000; seq += 2) receipt.stations["72"].insert(seq);
  const auto texts = encode_receipt(receipt, 10'000);
  EXPECT_GT(texts.size(), 10U);
  expect_same(merged(texts, 10'000), receipt);
}

TEST(Receipt, may_carry_time_alone) {
  Receipt receipt;
  receipt.now = *parse_rfc3339("2026-11-20T08:11:33.480Z");
  EXPECT_EQ(encode_receipt(receipt), std::vector<std::string>{R"({"now":"2026-11-20T08:11:33.480Z"})"});
  EXPECT_EQ(encode_receipt({}), std::vector<std::string>{"{}"});
  EXPECT_TRUE(parse_receipt("{}"));
}

TEST(Receipt, bad_ones_are_refused) {
  for (const char* text :
       {"", "[]", "x", R"({"epoch":""})", R"({"epoch":1})", R"({"stations":{}})", R"({"stations":{"72":[[1,2]]}})",
        R"({"epoch":"e","stations":[]})", R"({"epoch":"e","stations":{"7/2":[]}})",
        R"({"epoch":"e","stations":{"72":[[2,1]]}})", R"({"epoch":"e","stations":{"72":[[0,1]]}})",
        R"({"epoch":"e","stations":{"72":[[1]]}})", R"({"epoch":"e","stations":{"72":[[1,9007199254740992]]}})",
        R"({"epoch":"e","stations":{"72":[["1","2"]]}})", R"({"backlog_per_s":0})", R"({"backlog_per_s":-1})",
        R"({"backlog_per_s":1.5})", R"({"now":"yesterday"})", R"({"now":5})"}) {
    EXPECT_FALSE(parse_receipt(text)) << text;
  }
}

}  // namespace
}  // namespace wayside
