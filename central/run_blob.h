#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/range_set.h"

namespace wayside::central {

/// A set of seqs as bytes: for each run the gap from the end of the run before it and the run's size minus one, both as
/// LEB128. One run from 1 to 16,000 is three bytes. Never empty bytes for a set with members.
std::string encode_runs(const RangeSet& set);
/// Nothing when the bytes are no such encoding.
std::optional<RangeSet> decode_runs(std::string_view bytes);

}  // namespace wayside::central
