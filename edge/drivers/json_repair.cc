#include "edge/drivers/json_repair.h"

#include <charconv>
#include <cmath>

namespace wayside::edge {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool between(char c, unsigned first, unsigned last) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= first && byte <= last;
}

/// Bytes of the UTF-8 character at the front (RFC 3629: no overlong form, no surrogate); 0: it is none.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  const std::size_t size = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  const unsigned second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (!between(text[1], second_min, second_max)) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!between(text[i], 0x80, 0xBF)) return 0;
  }
  return size;
}

/// The number at the front as far as it goes, in quotes when it is too large.
std::string_view take_number(std::string_view text, std::string& out) {
  const std::string_view number = text.substr(0, text.find_first_not_of("0123456789+-.eE"));
  double value = 0;
  const bool too_large =
      std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc::result_out_of_range;
  if (too_large) out += '"';
  out += number;
  if (too_large) out += '"';
  return number;
}

}  // namespace

std::string repaired_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    const char c = text.front();
    if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
      text.remove_prefix(take_number(text, out).size());
      continue;
    }
    if (in_string && c == '\\' && text.size() > 1 && character_bytes(text.substr(1)) == 1) {
      out += text.substr(0, 2);
      text.remove_prefix(2);
      continue;
    }
    if (c == '"') in_string = !in_string;
    const std::size_t size = character_bytes(text);
    out += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace wayside::edge
