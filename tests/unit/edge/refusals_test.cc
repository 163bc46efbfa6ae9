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

TEST(Refusals, know_each_device_once_and_only_so_many) {
  Refusals refusals;
  for (int i = 0; i < 3; ++i) refusals.add_device("posts", {"ab***", "http_push", ""}, UtcTime{i});
  EXPECT_EQ(refusals.devices().at("posts/ab***").seen, 3U);
  for (int i = 0; i < 200; ++i) refusals.add_device("posts", {std::to_string(i), "http_push", ""}, UtcTime{i});
  EXPECT_EQ(refusals.devices().size(), Refusals::kDevicesMax);
  EXPECT_EQ(refusals.devices_left_out(), 101U);
  refusals.add_device("posts", {"ab***", "http_push", ""}, UtcTime{9});
  EXPECT_EQ(refusals.devices().at("posts/ab***").seen, 4U) << "a known one is still counted";
}

}  // namespace
}  // namespace wayside::edge
