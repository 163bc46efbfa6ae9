#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/contract/streams.h"

namespace wayside::central {

// What makes readings of silver observations of gold.

/// A longer time to the next reading is a gap. As for a station's state: silent after 5 intervals (DESIGN 6), those that its
/// information names (nothing: none is known), else `report_interval_s`.
std::int64_t gap_limit_ms(std::optional<std::string_view> info, Stream stream, std::int64_t report_interval_s);
/// Values that cannot be (quality.h) are as if they had not been sent. `values` are JSON texts, one for each field.
void leave_out_unusable(std::span<const std::string_view> fields, std::span<std::string_view> values);

}  // namespace wayside::central
