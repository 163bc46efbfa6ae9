#include "edge/drivers/json_line.h"

#include <algorithm>

#include "common/contract/message_fields.h"

namespace wayside::edge {
std::optional<nlohmann::json> parse_json_object(std::string_view text) {
  if (nested_too_deep(text)) return std::nullopt;
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
