#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/offset_store.h"
#include "central/record_source.h"

namespace wayside::central {

/// Why central cannot go on in a partition where it stands.
enum class GapKind : std::uint8_t {
  kBehindRetention,  ///< records it has not folded are gone: retention or DeleteRecords
  kLogShorter,       ///< the log ends before its place: made anew, or Kafka lost its end
  kOtherLog,         ///< the record it folded is another one now: the topic was made anew
};
std::string_view to_text(GapKind kind);

struct LogGap {
  PartitionId id;
  GapKind kind = GapKind::kBehindRetention;
  std::int64_t next_offset = 0;  ///< where central stands
  std::int64_t low = 0;          ///< where it could go on
  std::int64_t high = 0;
  std::optional<UtcTime> folded_until;

  /// Records that are known to be gone; of another log nobody can tell.
  std::int64_t records() const { return low > next_offset ? low - next_offset : 0; }
};

/// As the API tells it: an array of objects.
std::string gaps_json(const std::vector<LogGap>& gaps);

/// For a person: which partition, what has happened, how much.
std::string describe(const LogGap& gap);
/// All of them in one line, the first few by name.
std::string describe(const std::vector<LogGap>& gaps);

/// Holds every place against the log: is its next record there, and is the marked record still the same?
Result<std::vector<LogGap>> find_gaps(RecordSource& source, const PartitionPlaces& places,
                                      const std::map<PartitionId, LogBounds>& bounds);

}  // namespace wayside::central
