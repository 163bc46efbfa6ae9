// Base64 and the masking of secrets: how original bytes travel inside dead letters.
#include <array>
#include <cctype>

#include "common/contract/message.h"

namespace wayside {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 7> kSecretNames{"password", "passkey", "authorization", "token",
                                                       "secret",   "api_key", "apikey"};

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Length of a secret's name that begins at `at` as a whole word, or 0.
std::size_t secret_name_at(std::string_view text, std::size_t at) {
  if (at > 0 && word_char(text[at - 1])) return 0;
  for (const std::string_view name : kSecretNames) {
    if (text.size() - at < name.size() || (at + name.size() < text.size() && word_char(text[at + name.size()]))) continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size() && same; ++i) {
      same = std::tolower(static_cast<unsigned char>(text[at + i])) == name[i];
    }
    if (same) return name.size();
  }
  return 0;
}

/// Begin and end of the value behind a name that ends at `at`; an empty span when none follows.
std::pair<std::size_t, std::size_t> value_behind(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  if (begin < text.size() && text[begin] == '"') ++begin;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  if (begin >= text.size() || (text[begin] != '=' && text[begin] != ':')) return {at, at};
  const bool form = text[begin] == '=';
  ++begin;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  const bool quoted = begin < text.size() && text[begin] == '"';
  if (quoted) ++begin;
  std::size_t end = begin;
  while (end < text.size()) {
    const char c = text[end];
    if (quoted ? (c == '"' && text[end - 1] != '\\') : (c == '\r' || c == '\n' || (form && (c == '&' || c == ' ')))) break;
    if (!quoted && !form && (c == ',' || c == '}')) break;
    ++end;
  }
  return {begin, end};
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = secret_name_at(text, at);
    if (length == 0) {
      out += text[at++];
      continue;
    }
    const auto [begin, end] = value_behind(text, at + length);
    out.append(text.substr(at, begin - at));
    if (end > begin) out += "***";
    at = end;
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t padding = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t digit = kAlphabet.find(text[i + k]);
      const bool pad = text[i + k] == '=' && i + 4 == text.size() && k >= 2;
      if ((digit == std::string_view::npos && !pad) || (padding > 0 && !pad)) return std::nullopt;
      padding += pad ? 1U : 0U;
      group = group << 6 | (pad ? 0U : static_cast<std::uint32_t>(digit));
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) out += static_cast<char>(group >> (16 - 8 * k) & 255);
  }
  return out;
}

}  // namespace wayside
