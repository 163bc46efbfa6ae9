// Proves RangeSet by random operations against a plain std::set of numbers, and at the ends of the number range by hand.
#include "common/base/range_set.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/seeded.h"

namespace wayside {
namespace {

constexpr std::uint64_t kTop = 60;

/// The runs must be sorted and may neither overlap nor touch.
void expect_canonical(const RangeSet& set) {
  const auto& runs = set.runs();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    ASSERT_LE(runs[i].first, runs[i].last);
    ASSERT_TRUE(i == 0 || runs[i].first > runs[i - 1].last + 1);
  }
}

void expect_same(const RangeSet& set, const std::set<std::uint64_t>& model) {
  expect_canonical(set);
  ASSERT_EQ(set.count(), model.size());
  ASSERT_EQ(set.empty(), model.empty());
  ASSERT_EQ(set.last(), model.empty() ? 0 : *model.rbegin());
  for (std::uint64_t seq = 0; seq <= kTop + 1; ++seq) ASSERT_EQ(set.contains(seq), model.contains(seq)) << seq;
}

TEST(RangeSet, agrees_with_a_plain_set) {
  test::Seeded random;
  for (int round = 0; round < 200; ++round) {
    RangeSet set;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t first = random.number(0, kTop);
      const SeqRange range{first, std::min(kTop, first + random.number(0, random.one_in(4) ? 30 : 3))};
      std::uint64_t changed = 0;
      if (random.one_in(3)) {
        for (std::uint64_t seq = range.first; seq <= range.last; ++seq) changed += model.erase(seq);
        ASSERT_EQ(set.erase(range), changed);
      } else {
        for (std::uint64_t seq = range.first; seq <= range.last; ++seq) changed += model.insert(seq).second ? 1 : 0;
        ASSERT_EQ(set.insert(range), changed);
      }
      expect_same(set, model);
      std::set<std::uint64_t> missing;
      for (const SeqRange& gap : set.missing(range)) {
        for (std::uint64_t seq = gap.first; seq <= gap.last; ++seq) ASSERT_TRUE(missing.insert(seq).second);
      }
      for (std::uint64_t seq = range.first; seq <= range.last; ++seq) ASSERT_NE(missing.contains(seq), model.contains(seq));
      for (const std::uint64_t seq : missing) ASSERT_TRUE(seq >= range.first && seq <= range.last);
    }
  }
}

TEST(RangeSet, works_at_the_top_of_the_numbers) {
  RangeSet set;
  EXPECT_EQ(set.insert(UINT64_MAX), 1U);
  EXPECT_EQ(set.insert({UINT64_MAX - 2, UINT64_MAX}), 2U);
  EXPECT_EQ(set.runs().size(), 1U);
  EXPECT_TRUE(set.missing({UINT64_MAX - 1, UINT64_MAX}).empty());
  EXPECT_EQ(set.missing({UINT64_MAX - 5, UINT64_MAX}), (std::vector<SeqRange>{{UINT64_MAX - 5, UINT64_MAX - 3}}));
  EXPECT_EQ(set.erase({UINT64_MAX, UINT64_MAX}), 1U);
  EXPECT_EQ(set.last(), UINT64_MAX - 1);
}

TEST(RangeSet, runs_that_touch_melt) {
  RangeSet set;
  set.insert({1, 3});
  set.insert({7, 9});
  EXPECT_EQ(set.insert({4, 6}), 3U);
  EXPECT_EQ(set.runs(), (std::vector<SeqRange>{{1, 9}}));
  EXPECT_EQ(set.insert({2, 8}), 0U);
}

TEST(RangeSet, missing_of_an_empty_window_is_nothing) {
  RangeSet set;
  EXPECT_EQ(set.missing({1, 5}), (std::vector<SeqRange>{{1, 5}}));
  EXPECT_TRUE(set.missing({1, 0}).empty());
}

}  // namespace
}  // namespace wayside
