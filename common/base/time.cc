#include "common/base/time.h"

#include <chrono>
#include <cstdio>

namespace wayside {
namespace {

constexpr UtcTime kLatest{253'402'300'799'999};  // 9999-12-31T23:59:59.999Z

/// Exactly `count` decimal digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// Milliseconds of the fraction at `at` (which points behind the dot), moving `at` behind its last digit; -1 if bad.
int fraction_ms(std::string_view text, std::size_t& at) {
  int ms = 0;
  std::size_t count = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count) {
    if (count < 3) ms = ms * 10 + (text[at] - '0');
  }
  if (count == 0 || count > 9) return -1;
  for (; count < 3; ++count) ms *= 10;
  return ms;
}

/// Minutes east of UTC of `Z`, `+hh:mm` or `-hh:mm` filling the rest of the text.
std::optional<int> offset_minutes(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const int hours = digits(zone, 1, 2);
  const int minutes = digits(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int total = hours * 60 + minutes;
  return zone[0] == '-' ? -total : total;
}

}  // namespace

std::optional<UtcTime> utc_from_civil(int year, int month, int day, int hour, int minute, int second) {
  using namespace std::chrono;
  // chrono keeps month and day in a byte: 257 would come out as 1.
  if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  const std::int64_t days = sys_days{date}.time_since_epoch().count();
  return UtcTime::from_seconds(((days * 24 + hour) * 60 + minute) * 60 + second);
}

std::optional<UtcTime> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  auto time = utc_from_civil(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2), digits(text, 11, 2),
                             digits(text, 14, 2), digits(text, 17, 2));
  if (!time) return std::nullopt;
  std::size_t at = 19;
  if (text[at] == '.') {
    ++at;
    const int ms = fraction_ms(text, at);
    if (ms < 0) return std::nullopt;
    time->ms += ms;
  }
  const auto offset = offset_minutes(text.substr(at));
  if (!offset) return std::nullopt;
  time->ms -= std::int64_t{*offset} * 60'000;
  // The offset may have moved it out of the years that format_rfc3339 can write.
  if (time->ms < 0 || *time > kLatest) return std::nullopt;
  return time;
}

std::string format_rfc3339(UtcTime time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds{time.ms}};
  const auto midnight = floor<days>(point);
  const year_month_day date{midnight};
  const hh_mm_ss clock{point - midnight};
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(length));
}

}  // namespace wayside
