#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace wayside::edge {

/// The JSON object that a program or device wrote, or nothing: no JSON, no object, a number that no double holds, or nested
/// deeper than the contract's 32 levels (writing it out again would use up the stack).
std::optional<nlohmann::json> parse_json_object(std::string_view text);

/// Bytes for a person's eyes: printable ASCII, anything else as `?`, at most `bytes_max`.
std::string shown_bytes(std::string_view bytes, std::size_t bytes_max = 512);
/// Bytes of a binary frame as `4c 4f 4f`.
std::string shown_hex(std::string_view bytes, std::size_t bytes_max = 128);

}  // namespace wayside::edge
