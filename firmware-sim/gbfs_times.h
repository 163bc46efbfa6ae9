#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "common/base/result.h"

namespace wayside::sim {

/// GBFS forbids earlier times: smaller numbers mean "never reported" and are no times.
inline constexpr std::int64_t kGbfsFirstTimeSeconds = 1'450'155'600;

/// A time of a feed: POSIX seconds, or RFC 3339 text since 3.0; nothing below kGbfsFirstTimeSeconds.
std::optional<std::int64_t> read_gbfs_time(const nlohmann::ordered_json& value);

/// Adds `shift_s` to `last_updated` and to every station's `last_reported`, in the form that they have, none later than
/// `latest_s`. Nothing else changes.
void shift_gbfs_times(nlohmann::ordered_json& document, std::int64_t shift_s, std::int64_t latest_s);

/// The document; the error names `source`.
Result<nlohmann::ordered_json> parse_gbfs(std::string_view text, const std::string& source);

Result<std::string> read_file(const std::string& path);

}  // namespace wayside::sim
