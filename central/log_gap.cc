#include "central/log_gap.h"

namespace wayside::central {
namespace {

constexpr std::size_t kNamedMax = 3;

std::string name_of(const PartitionId& id) {
  return std::string(source_topics()[id.topic].name) + "/" + std::to_string(id.partition);
}

LogGap gap_at(const PartitionId& id, GapKind kind, const PartitionPlace& place, const LogBounds& log) {
  return {id, kind, place.next_offset, log.low, log.high, place.folded_until};
}

}  // namespace

std::string_view to_text(GapKind kind) {
  switch (kind) {
    case GapKind::kBehindRetention: return "behind_retention";
    case GapKind::kLogShorter: return "log_shorter";
    case GapKind::kOtherLog: return "other_log";
  }
  return "";
}

std::string describe(const LogGap& gap) {
  std::string where = name_of(gap.id) + ": ";
  const std::string stands = std::to_string(gap.next_offset);
  switch (gap.kind) {
    case GapKind::kBehindRetention:
      return where + "records " + stands + " to " + std::to_string(gap.low - 1) + " are gone from Kafka (" +
             std::to_string(gap.records()) + ")";
    case GapKind::kLogShorter:
      return where + "the log ends at " + std::to_string(gap.high) + ", before offset " + stands +
             ": the topic was made anew or Kafka lost its end";
    case GapKind::kOtherLog: return where + "the topic was made anew: its records below " + stands + " are not those folded";
  }
  return where;
}

std::string describe(const std::vector<LogGap>& gaps) {
  std::string text;
  for (std::size_t i = 0; i < gaps.size() && i < kNamedMax; ++i) text += (i == 0 ? "" : "; ") + describe(gaps[i]);
  if (gaps.size() > kNamedMax) text += "; and " + std::to_string(gaps.size() - kNamedMax) + " partitions more";
  return text;
}

Result<std::vector<LogGap>> find_gaps(RecordSource& source, const PartitionPlaces& places,
                                      const std::map<PartitionId, LogBounds>& bounds) {
  std::vector<LogGap> gaps;
  std::map<PartitionId, std::int64_t> wanted;
  for (const auto& [id, place] : places) {
    const auto log = bounds.find(id);
    if (log == bounds.end()) continue;
    if (place.next_offset < log->second.low) {
      gaps.push_back(gap_at(id, GapKind::kBehindRetention, place, log->second));
    } else if (place.next_offset > log->second.high) {
      gaps.push_back(gap_at(id, GapKind::kLogShorter, place, log->second));
    } else if (place.mark && place.mark->offset >= log->second.low) {
      wanted[id] = place.mark->offset;
    }
  }
  auto marks = source.marks(wanted);
  if (!marks) return std::move(marks).error();
  for (const auto& [id, mark] : *marks) {
    const PartitionPlace& place = places.at(id);
    if (mark != place.mark->value) gaps.push_back(gap_at(id, GapKind::kOtherLog, place, bounds.at(id)));
  }
  return gaps;
}

}  // namespace wayside::central
