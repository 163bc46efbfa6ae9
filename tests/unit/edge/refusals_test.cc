// Proves that what devices send wrong is kept up to a limit and counted beyond it.
#include "edge/refusals.h"

#include <gtest/gtest.h>

namespace wayside::edge {
namespace {

TEST(Refusals, keep_the_last_100_frames_and_count_all_by_reason) {
  Refusals refusals;
  for (int i = 0; i < 250; ++i) refusals.add("mast", {"bad_checksum", "", std::to_string(i)}, UtcTime{i});
  refusals.add("mast", {"too_long", "", "x"}, UtcTime{250});
  ASSERT_EQ(refusals.frames().size(), 100U);
  EXPECT_EQ(refusals.frames().front().frame.frame, "151");
  EXPECT_EQ(refusals.by_reason().at("bad_checksum"), 250U);
  EXPECT_EQ(refusals.by_reason().at("too_long"), 1U);
}

TEST(Refusals, cut_long_frames) {
  Refusals refusals;
  refusals.add("mast", {"too_long", "", std::string(100'000, 'x')}, UtcTime{0});
  EXPECT_EQ(refusals.frames().front().frame.frame.size(), Refusals::kFrameBytesMax);
}

TEST(Refusals, know_each_device_once_and_forget_who_was_silent_the_longest) {
  Refusals refusals;
  for (int i = 0; i < 3; ++i) refusals.add_device("posts", {"ab***", "http_push", ""}, UtcTime{i});
  EXPECT_EQ(refusals.devices().at("posts/ab***").seen, 3U);
  for (int i = 0; i < 200; ++i) refusals.add_device("posts", {std::to_string(i), "http_push", ""}, UtcTime{i});
  EXPECT_EQ(refusals.devices().size(), Refusals::kDevicesMax);
  EXPECT_EQ(refusals.devices_left_out(), 101U);
  EXPECT_TRUE(refusals.devices().contains("posts/199"));
  refusals.add_device("posts", {"new", "http_push", ""}, UtcTime{300});
  EXPECT_TRUE(refusals.devices().contains("posts/new")) << "a flood does not hold the places for good";
  for (int i = 1000; i < 1050; ++i) {
    refusals.add_device("posts", {"new", "http_push", ""}, UtcTime{i});
    refusals.add_device("posts", {std::to_string(i), "http_push", ""}, UtcTime{i});
  }
  EXPECT_EQ(refusals.devices().at("posts/new").seen, 51U) << "one that is seen again stays";
}

}  // namespace
}  // namespace wayside::edge
