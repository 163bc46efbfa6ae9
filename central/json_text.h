#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace wayside::central {

// The few pieces from which answers are written as text. Each appends one JSON value.
void append_number(std::string& out, double value);  ///< shortest form that reads back the same; null when not finite
void append_integer(std::string& out, std::int64_t value);
void append_time(std::string& out, std::optional<UtcTime> time);
/// Seconds from `time` to `now` with a tenth, or null.
void append_age(std::string& out, std::optional<UtcTime> time, UtcTime now);
/// `"name":` with a comma before it unless an object or array has just begun.
void append_key(std::string& out, std::string_view name);
void append_comma(std::string& out);

}  // namespace wayside::central
