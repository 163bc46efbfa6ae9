#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wayside {

/// A moment in UTC with the resolution of the contract: milliseconds since 1970-01-01T00:00:00Z.
struct UtcTime {
  std::int64_t ms = 0;

  static constexpr UtcTime from_seconds(std::int64_t s) { return UtcTime{s * 1000}; }
  constexpr std::int64_t seconds() const { return ms / 1000; }
  friend constexpr auto operator<=>(UtcTime, UtcTime) = default;
};

/// RFC 3339 with a `T`, seconds, up to 9 decimals (cut to milliseconds) and `Z` or a numeric offset.
/// Nothing for any other text, for impossible dates and for years outside 1970..9999.
std::optional<UtcTime> parse_rfc3339(std::string_view text);

/// `2026-11-20T08:11:33.120Z`.
std::string format_rfc3339(UtcTime time);

/// UTC from calendar parts; nothing when the date or time does not exist.
std::optional<UtcTime> utc_from_civil(int year, int month, int day, int hour, int minute, int second);

}  // namespace wayside
