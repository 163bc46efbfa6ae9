#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/contract/streams.h"

namespace wayside::central {

/// How wide the buckets of gold are. The numbers are part of the database.
enum class Resolution : std::uint8_t { kMinute, kHour, kDay };
std::string_view to_text(Resolution resolution);
std::optional<Resolution> parse_resolution(std::string_view text);
std::int64_t width_ms(Resolution resolution);

/// One figure of gold. It is kept as a whole number of 10^-decimals, so that equal figures are equal.
struct GoldColumn {
  std::string name;  ///< unit and statistic last
  int decimals = 0;
  std::string meaning;
};
/// Of one stream, in the order of GoldRow::cells; none for a stream that has no gold. New ones are appended.
std::span<const GoldColumn> gold_columns(Stream stream);

/// One bucket of one station and stream.
struct GoldRow {
  std::int64_t start = 0;                          ///< ms, UTC
  std::string group;                               ///< arrivals: line and direction (gold_group); else empty
  std::vector<std::optional<std::int64_t>> cells;  ///< as gold_columns; nothing: not known

  friend bool operator==(const GoldRow&, const GoldRow&) = default;
};

/// Line and direction as one text, and back.
std::string gold_group(std::string_view route, std::string_view direction);
struct RouteDirection {
  std::string_view route;
  std::string_view direction;
};
RouteDirection split_gold_group(std::string_view group);

/// The nearest whole number of 10^-decimals.
std::optional<std::int64_t> to_cell(std::optional<double> value, int decimals);
double from_cell(std::int64_t cell, int decimals);

}  // namespace wayside::central
