#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "central/gold_row.h"

namespace wayside::central {

/// One reading as gold sees it.
struct Observation {
  std::int64_t at = 0;                       ///< ms
  std::int64_t gap_limit_ms = 0;             ///< a longer time to the next one is a gap
  bool heartbeat = false;                    ///< empty values
  std::span<const std::string_view> values;  ///< JSON texts as GoldBuilder::fields
};

/// Nothing is carried over a longer time than this, neither values nor counters: so a day of gold needs no more of silver
/// than the day before it, itself, and the first hours of the next.
inline constexpr std::int64_t kCarryMaxMs = 86'400'000;

/// Makes the gold of one stream for a span of time out of its readings. A pure function: the same readings in the same
/// order give the same rows.
///
/// A value holds from its reading to the next one of that value, unless that comes later than the gap limit: then nothing
/// is known in between. A heartbeat lets values hold on. Means are weighted by the time for which a value held; in a bucket
/// in which none held for any time they are plain means of what was read. Differences and headways count in the bucket of
/// the later reading.
class GoldBuilder {
 public:
  /// Buckets from `from` (included) to `to`, both on bounds of the resolution. Null for a stream without gold.
  static std::unique_ptr<GoldBuilder> make(Stream stream, Resolution resolution, std::int64_t from, std::int64_t to);
  /// The fields that the gold of a stream needs.
  static std::span<const std::string_view> fields(Stream stream);

  virtual ~GoldBuilder() = default;
  /// In the order of SilverKey, beginning kCarryMaxMs before `from`, until the gap limit behind `to`.
  virtual void add(const Observation& observation) = 0;
  /// Buckets about which something is known, by start and group.
  virtual std::vector<GoldRow> finish() = 0;
};

}  // namespace wayside::central
