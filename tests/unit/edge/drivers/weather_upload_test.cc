// Proves how the devices' dates are read, when a device's clock is believed, and which of several rain totals is taken.
#include "edge/drivers/weather_upload.h"

#include <gtest/gtest.h>

#include "tests/unit/edge/drivers/expect_values.h"

namespace wayside::edge {
namespace {

std::string read(std::string_view text) {
  WeatherUpload upload;
  read_device_time(text, upload);
  if (upload.device_time_unreadable) return "unreadable";
  return upload.device_time ? format_rfc3339(*upload.device_time) : "none";
}

TEST(DeviceTime, reads_padded_and_unpadded_dates) {
  EXPECT_EQ(read("2016-1-4 21:2:35"), "2016-01-04T21:02:35.000Z");
  EXPECT_EQ(read("2022-07-15 15:26:14"), "2022-07-15T15:26:14.000Z");
  EXPECT_EQ(read("2022-07-15T15:26:14Z"), "2022-07-15T15:26:14.000Z");
  EXPECT_EQ(read(form("dateutc=2016-5-10%202:34:15").text("dateutc")), "2016-05-10T02:34:15.000Z");
  EXPECT_EQ(read(form("dateutc=2018-06-20+13:39:00").text("dateutc")), "2018-06-20T13:39:00.000Z");
}

TEST(DeviceTime, takes_now_and_nothing_for_no_time) {
  EXPECT_EQ(read("now"), "none");
  EXPECT_EQ(read(""), "none");
}

TEST(DeviceTime, says_when_a_date_is_none) {
  for (const char* text : {"2016-13-1 0:0:0", "2016-2-30 0:0:0", "2016-1-4", "2016-1-4 25:0:0", "yesterday",
                           "2016-1-4 21:2:35 pm", "2016--1-4 21:2:35", "99999999999-1-4 21:2:35"}) {
    EXPECT_EQ(read(text), "unreadable") << text;
  }
}

TEST(DeviceTime, believes_a_set_clock_and_no_other) {
  const UtcTime now = *parse_rfc3339("2026-11-20T08:00:00Z");
  const auto judge = [&](const char* text) { return judge_device_time(parse_rfc3339(text), now); };
  EXPECT_EQ(judge("2016-01-04T21:02:35Z"), DeviceClock::kGood);
  EXPECT_EQ(judge("2010-01-01T00:00:00Z"), DeviceClock::kGood);
  EXPECT_EQ(judge("2009-12-31T23:59:59Z"), DeviceClock::kUnset);
  EXPECT_EQ(judge("1970-01-01T00:00:12Z"), DeviceClock::kUnset);
  EXPECT_EQ(judge("2026-11-20T08:05:00Z"), DeviceClock::kGood);
  EXPECT_EQ(judge("2026-11-20T08:05:01Z"), DeviceClock::kAhead);
  EXPECT_EQ(judge_device_time(std::nullopt, now), DeviceClock::kNone);
}

TEST(RainTotals, takes_the_first_that_carries_a_number) {
  const std::vector<RainName> names{{"yearlyrainin", 25.4}, {"monthlyrainin", 25.4}, {"dailyrainin", 25.4}};
  const auto total = longest_rain_total(form("dailyrainin=0.1&yearlyrainin=-9999&monthlyrainin=0.5"), names);
  ASSERT_TRUE(total);
  EXPECT_EQ(total->counter, "monthlyrainin");
  EXPECT_DOUBLE_EQ(total->mm, 12.7);  // 0.5 * 25.4
  EXPECT_FALSE(longest_rain_total(form("rainin=0.1"), names));
  EXPECT_FALSE(longest_rain_total(form("dailyrainin=-0.1"), names));
}

}  // namespace
}  // namespace wayside::edge
