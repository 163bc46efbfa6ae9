// Proves how an agent finds the part of its backlog that may be on its way, with times given by hand.
#include "edge/backlog_pace.h"

#include <gtest/gtest.h>

namespace wayside::edge {
namespace {

constexpr MonoTime kNow{1'000'000};

TEST(BacklogPace, begins_with_little_and_doubles_with_each_prompt_receipt_up_to_the_window) {
  BacklogPace pace(256);
  EXPECT_EQ(pace.room(0), 4U);
  std::size_t rounds = 0;
  while (pace.room(0) < 256) {
    pace.settled(pace.room(0), MonoTime{20}, kNow);
    ++rounds;
  }
  EXPECT_EQ(rounds, 6U);
  EXPECT_EQ(pace.room(200), 56U);
  EXPECT_EQ(pace.room(300), 0U);
}

TEST(BacklogPace, halves_once_for_what_was_on_its_way_when_receipts_come_late) {
  BacklogPace pace(64);
  for (int i = 0; i < 5; ++i) pace.settled(16, MonoTime{20}, kNow);
  ASSERT_EQ(pace.room(0), 64U);
  pace.settled(1, MonoTime{4'000}, kNow);
  pace.settled(1, MonoTime{4'000}, kNow + MonoTime{500});
  EXPECT_EQ(pace.room(0), 32U);
  pace.settled(1, MonoTime{4'000}, kNow + MonoTime{4'000});
  EXPECT_EQ(pace.room(0), 16U);
}

TEST(BacklogPace, never_comes_to_a_stop) {
  BacklogPace pace(64);
  MonoTime now = kNow;
  pace.settled(1, MonoTime{20}, now);
  for (int i = 0; i < 20; ++i) pace.settled(1, MonoTime{9'000}, now += MonoTime{9'000});
  EXPECT_EQ(pace.room(0), 1U);
}

TEST(BacklogPace, takes_a_link_that_is_slow_by_itself_for_prompt) {
  BacklogPace pace(64);
  for (int i = 0; i < 8; ++i) pace.settled(8, MonoTime{2'500}, kNow);
  EXPECT_EQ(pace.room(0), 64U);
}

}  // namespace
}  // namespace wayside::edge
