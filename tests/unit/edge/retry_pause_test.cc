// Proves how long the agent waits before it connects again, by how the last attempt ended.
#include "edge/retry_pause.h"

#include <gtest/gtest.h>

#include <vector>

namespace wayside::edge {
namespace {

std::vector<std::uint32_t> pauses(RetryPause& pause, SessionEnd end, int count) {
  std::vector<std::uint32_t> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all.push_back(pause.after(end));
  return all;
}

using Pauses = std::vector<std::uint32_t>;

TEST(RetryPause, asks_every_2_s_however_long_there_is_no_broker) {
  RetryPause pause(500, 30'000);
  EXPECT_EQ(pauses(pause, SessionEnd::kNoBroker, 5), (Pauses{500, 1'000, 2'000, 2'000, 2'000}));
  EXPECT_EQ(pauses(pause, SessionEnd::kNoBroker, 1'000).back(), 2'000U);
}

TEST(RetryPause, a_broker_that_refuses_us_is_asked_less_and_less) {
  RetryPause pause(500, 30'000);
  EXPECT_EQ(pauses(pause, SessionEnd::kRefused, 8), (Pauses{500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}));
  EXPECT_EQ(pause.after(SessionEnd::kNoBroker), 2'000U) << "it is gone: perhaps another comes";
}

TEST(RetryPause, a_steady_session_begins_anew_and_a_short_one_does_not) {
  RetryPause pause(500, 30'000);
  EXPECT_EQ(pauses(pause, SessionEnd::kHeard, 4), (Pauses{500, 1'000, 2'000, 2'000}));
  EXPECT_EQ(pause.after(SessionEnd::kSteady), 500U);
  EXPECT_EQ(pauses(pause, SessionEnd::kSteady, 3), (Pauses{500, 500, 500}));
}

TEST(RetryPause, a_lower_limit_holds_for_all) {
  RetryPause pause(100, 1'000);
  EXPECT_EQ(pauses(pause, SessionEnd::kNoBroker, 6).back(), 1'000U);
}

}  // namespace
}  // namespace wayside::edge
