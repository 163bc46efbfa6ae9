#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::central {

/// One member of a JSON object, both sides as written: the name with its quotes, the value as JSON text.
struct JsonField {
  std::string_view name;
  std::string_view value;
};

/// Splits a JSON object into its members without building a document. `object` must be valid JSON (the reading parser
/// has checked it). Views point into `object`. `fields` is cleared first.
void split_object(std::string_view object, std::vector<JsonField>& fields);
/// The same for an array's elements (names stay empty); `array` comes without its brackets.
void split_cells(std::string_view cells, std::vector<std::string_view>& values);
/// `{"a":1,"b":2}`
std::string join_object(const std::vector<JsonField>& fields);

/// 64-bit hash for recognising repeats: FNV-1a with a final mix. Not for anything an attacker gains from.
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325U);

}  // namespace wayside::central
