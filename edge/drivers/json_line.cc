#include "edge/drivers/json_line.h"

#include <algorithm>

#include "common/contract/reading.h"

namespace wayside::edge {
namespace {

std::size_t deepest_level(std::string_view text) {
  std::size_t level = 0;
  std::size_t deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++level);
    } else if ((c == '}' || c == ']') && level > 0) {
      --level;
    }
  }
  return deepest;
}

}  // namespace

std::optional<nlohmann::json> parse_json_object(std::string_view text) {
  if (deepest_level(text) > kNestingMax) return std::nullopt;
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::string shown_bytes(std::string_view bytes, std::size_t bytes_max) {
  std::string shown(bytes.substr(0, bytes_max));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

std::string shown_hex(std::string_view bytes, std::size_t bytes_max) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string shown;
  for (const char c : bytes.substr(0, bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (!shown.empty()) shown += ' ';
    shown += kDigits[byte >> 4U];
    shown += kDigits[byte & 15U];
  }
  return shown;
}

}  // namespace wayside::edge
