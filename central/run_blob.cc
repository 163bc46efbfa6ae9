#include "central/run_blob.h"

#include "central/varint.h"

namespace wayside::central {

std::string encode_runs(const RangeSet& set) {
  std::string out;
  std::uint64_t next = 0;
  for (const SeqRange& run : set.runs()) {
    put_varint(out, run.first - next);
    put_varint(out, run.last - run.first);
    next = run.last + 1;
  }
  return out;
}

std::optional<RangeSet> decode_runs(std::string_view bytes) {
  RangeSet set;
  std::uint64_t next = 0;
  while (!bytes.empty()) {
    const auto gap = take_varint(bytes);
    const auto size = gap ? take_varint(bytes) : std::nullopt;
    if (!size) return std::nullopt;
    const std::uint64_t first = next + *gap;
    if (first < next || first + *size < first) return std::nullopt;
    set.insert(SeqRange{first, first + *size});
    next = first + *size + 1;
  }
  return set;
}

}  // namespace wayside::central
