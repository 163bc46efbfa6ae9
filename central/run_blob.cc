#include "central/run_blob.h"

namespace wayside::central {
namespace {

void put(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_runs(const RangeSet& set) {
  std::string out;
  std::uint64_t next = 0;
  for (const SeqRange& run : set.runs()) {
    put(out, run.first - next);
    put(out, run.last - run.first);
    next = run.last + 1;
  }
  return out;
}

std::optional<RangeSet> decode_runs(std::string_view bytes) {
  RangeSet set;
  std::uint64_t next = 0;
  while (!bytes.empty()) {
    const auto gap = take(bytes);
    const auto size = gap ? take(bytes) : std::nullopt;
    if (!size) return std::nullopt;
    const std::uint64_t first = next + *gap;
    if (first < next || first + *size < first) return std::nullopt;
    set.insert(SeqRange{first, first + *size});
    next = first + *size + 1;
  }
  return set;
}

}  // namespace wayside::central
