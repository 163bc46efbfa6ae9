// Proves that times are read exactly by RFC 3339 and nothing else is: edge dates by hand, every day of 400 years by count.
#include "common/base/time.h"

#include <gtest/gtest.h>

#include "tests/unit/seeded.h"

namespace wayside {
namespace {

std::int64_t ms(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? time->ms : -1;
}

TEST(Time, known_moments) {
  EXPECT_EQ(ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ms("2026-11-20T08:11:33.120Z"), 1795162293120);
  EXPECT_EQ(ms("2000-02-29T23:59:59Z"), 951868799000);
  EXPECT_EQ(ms("9999-12-31T23:59:59.999Z"), 253402300799999);
}

TEST(Time, fractions_are_cut_to_milliseconds) {
  EXPECT_EQ(ms("1970-01-01T00:00:00.5Z"), 500);
  EXPECT_EQ(ms("1970-01-01T00:00:00.05Z"), 50);
  EXPECT_EQ(ms("1970-01-01T00:00:00.0019Z"), 1);
  EXPECT_EQ(ms("1970-01-01T00:00:00.999999999Z"), 999);
}

TEST(Time, offsets_and_small_letters) {
  EXPECT_EQ(ms("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(ms("1970-01-01T00:00:00-05:30"), 19'800'000);
  EXPECT_EQ(ms("1970-01-01t00:00:01z"), 1000);
  EXPECT_EQ(ms("1970-01-01T00:00:01-00:00"), 1000);
  EXPECT_EQ(ms("1970-01-02T00:59:59+23:59"), 3'659'000);
}

TEST(Time, impossible_or_foreign_texts_are_refused) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-20",
                           "2026-11-20T08:11:33",
                           "2026-11-20 08:11:33Z",
                           "2026-11-20T08:11Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-00-10T00:00:00Z",
                           "2026-13-10T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-32T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:60Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00.1234567890Z",
                           "2026-01-01T00:00:00,5Z",
                           "2026-01-01T00:00:00+0100",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00+01:60",
                           "2026-01-01T00:00:00Zx",
                           "2026-01-01T00:00:00",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-01:00",
                           "-026-01-01T00:00:00Z",
                           "2026-+1-01T00:00:00Z",
                           "2026-01-01T0 :00:00Z",
                           "02026-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
  EXPECT_FALSE(parse_rfc3339(std::string_view("2026-01-01T00:00:00\0Z", 21)));
}

TEST(Time, days_follow_each_other_through_all_leap_years) {
  const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t day = 0;
  for (int year = 1970; year < 2370; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; ++month) {
      const int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
      for (int d = 1; d <= length; ++d, ++day) {
        const auto time = utc_from_civil(year, month, d, 0, 0, 0);
        ASSERT_TRUE(time);
        ASSERT_EQ(time->seconds(), day * 86'400);
      }
      ASSERT_FALSE(utc_from_civil(year, month, length + 1, 0, 0, 0));
    }
  }
}

TEST(Time, parts_beyond_a_byte_do_not_wrap) {
  EXPECT_FALSE(utc_from_civil(2026, 257, 1, 0, 0, 0));
  EXPECT_FALSE(utc_from_civil(2026, 1, 257, 0, 0, 0));
  EXPECT_FALSE(utc_from_civil(2026, 1, -1, 0, 0, 0));
  EXPECT_FALSE(utc_from_civil(65536 + 2026, 1, 1, 0, 0, 0));
}

TEST(Time, random_moments_come_back) {
  test::Seeded random;
  for (int i = 0; i < 2000; ++i) {
    const UtcTime time{static_cast<std::int64_t>(random.number(0, 253'402'300'799'999))};
    ASSERT_EQ(parse_rfc3339(format_rfc3339(time)), time) << format_rfc3339(time);
  }
}

}  // namespace
}  // namespace wayside
