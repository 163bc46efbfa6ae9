#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace wayside::central {

/// Where a reading stands within one (station, stream): by time, and of one time by account and number. Unnumbered
/// readings have account 0 and a hash as number.
struct SilverKey {
  std::int64_t observed_at = 0;
  std::int64_t account = 0;
  std::int64_t seq = 0;
  friend auto operator<=>(const SilverKey&, const SilverKey&) = default;
};

/// One reading of silver as it is stored; times in milliseconds since 1970.
struct SilverRow {
  SilverKey key;
  std::int64_t received_at = 0;
  std::int64_t stored_at = 0;
  std::int64_t kafka_offset = 0;
  std::int64_t clock = 0;  ///< ClockQuality
  std::int64_t shape = 0;  ///< ShapePk
  std::string cells;

  /// Empty values: nothing new, still alive.
  bool heartbeat() const { return cells.empty() || cells == "{}"; }
  friend bool operator==(const SilverRow&, const SilverRow&) = default;
};

}  // namespace wayside::central
