// Base64 and the masking of secrets: how original bytes travel inside dead letters.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "common/contract/message.h"

namespace wayside {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 14> kSecretNames{"password", "passwd", "passphrase", "passkey",    "authorization",
                                                        "token",    "secret", "api_key",    "api-key",    "apikey",
                                                        "cookie",   "pwd",    "credential", "credentials"};

/// Too short to be sought at the end of a word: `monkey`, `compass`. What they name is a text, not a list or object.
constexpr std::array<std::string_view, 4> kShortSecretNames{"pass", "key", "auth", "psk"};

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// One character of a text as its reader will see it, and how many bytes it takes.
struct Letter {
  char character = 0;
  std::size_t length = 1;
};

std::optional<char> from_hex(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || value > 0x7f) return std::nullopt;
  return static_cast<char>(value);
}

/// Reads `%50`, `\u0050` and `\/` too; of JSON inside JSON with any number of backslashes.
Letter letter_at(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '%' && text.size() - at > 2) {
    if (const auto decoded = from_hex(text.substr(at + 1, 2))) return {*decoded, 3};
  }
  if (c != '\\') return {c, 1};
  const std::size_t behind = std::min(text.find_first_not_of('\\', at), text.size());
  if (behind < text.size() && text[behind] == '/') return {'/', behind + 1 - at};
  if (text.size() - behind > 4 && text[behind] == 'u') {
    if (const auto decoded = from_hex(text.substr(behind + 1, 4))) return {*decoded, behind + 5 - at};
  }
  return {c, 1};
}

/// Bytes that spell `word`, in small letters, at `at`; 0 when it does not stand there.
std::size_t spelled(std::string_view text, std::size_t at, std::string_view word) {
  std::size_t next = at;
  for (const char expected : word) {
    if (next >= text.size()) return 0;
    const Letter letter = letter_at(text, next);
    if (std::tolower(static_cast<unsigned char>(letter.character)) != expected) return 0;
    next += letter.length;
  }
  return next - at;
}

struct SecretName {
  std::size_t length = 0;  ///< 0: none
  bool is_short = false;
};

/// A secret's name at `at` that ends a word (`wifi_password` ends in one). `before`: the letter in front.
SecretName secret_name_at(std::string_view text, std::size_t at, char before) {
  const auto found = [&](std::string_view name) {
    const std::size_t length = spelled(text, at, name);
    const bool ends = length != 0 && (at + length >= text.size() || !word_char(letter_at(text, at + length).character));
    return ends ? length : 0;
  };
  for (const std::string_view name : kSecretNames) {
    if (const std::size_t length = found(name)) return {length, false};
  }
  if (std::isalnum(static_cast<unsigned char>(before)) != 0) return {};
  for (const std::string_view name : kShortSecretNames) {
    if (const std::size_t length = found(name)) return {length, true};
  }
  return {};
}

/// Begin and end of the password in `://user:password@host` when `at` is behind `://`; an empty span when there is none.
std::pair<std::size_t, std::size_t> password_of_url(std::string_view text, std::size_t at) {
  constexpr std::string_view kEnds = "/?#\"'<>{}, \t\r\n";
  std::size_t begin = 0;
  std::size_t end = 0;
  while (at < text.size() && text[at] != '&') {
    const Letter letter = letter_at(text, at);
    if (kEnds.find(letter.character) != std::string_view::npos) break;
    if (letter.character == ':' && begin == 0) begin = at + letter.length;
    if (letter.character == '@' && begin != 0) end = at;
    at += letter.length;
  }
  return end > begin ? std::pair(begin, end) : std::pair(at, at);
}

bool is_quote(char c) { return c == '"' || c == '\''; }

/// Walks over a text from one place on.
struct Cursor {
  std::string_view text;
  std::size_t at;

  bool more() const { return at < text.size(); }
  char now() const { return text[at]; }
  void skip_blanks() {
    while (more() && (now() == ' ' || now() == '\t' || now() == '\r' || now() == '\n')) ++at;
  }
  /// A quote, with the backslashes that JSON inside JSON puts in front of it.
  bool skip_quote() {
    std::size_t next = at;
    while (next < text.size() && text[next] == '\\') ++next;
    if (next >= text.size() || !is_quote(text[next])) return false;
    at = next + 1;
    return true;
  }
  void skip_until(std::string_view ends) {
    while (more() && ends.find(now()) == std::string_view::npos) ++at;
  }
};

/// End of a quoted value that begins at `at`, behind `quote`, which `escapes` backslashes stood in front of.
std::size_t quoted_end(std::string_view text, std::size_t at, char quote, std::size_t escapes) {
  std::size_t backslashes = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++backslashes;
      continue;
    }
    // A quote ends the text when it is escaped no deeper than the one that began it.
    const bool ends = escapes == 0 ? backslashes % 2 == 0 : backslashes <= escapes;
    if (text[at] == quote && ends) return at - std::min(backslashes, escapes);
    backslashes = 0;
  }
  return at;
}

/// End of a JSON list or object that begins at `at`.
std::size_t bracket_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') at = quoted_end(text, at + 1, '"', 0);
    if (at >= text.size()) break;
    if (text[at] == '[' || text[at] == '{') ++depth;
    if ((text[at] == ']' || text[at] == '}') && --depth == 0) return at + 1;
  }
  return text.size();
}

/// Begin and end of the value behind a name that ends at `at`; an empty span when none follows.
std::pair<std::size_t, std::size_t> value_behind(std::string_view text, std::size_t at) {
  Cursor cursor{text, at};
  const bool name_quoted = cursor.skip_quote();
  cursor.skip_blanks();
  if (!cursor.more() || (cursor.now() != '=' && cursor.now() != ':')) return {at, at};
  const bool form = cursor.now() == '=';
  ++cursor.at;
  cursor.skip_blanks();
  const std::size_t value = cursor.at;
  if (cursor.skip_quote()) return {cursor.at, quoted_end(text, cursor.at, text[cursor.at - 1], cursor.at - 1 - value)};
  if (cursor.more() && (cursor.now() == '[' || cursor.now() == '{')) return {value, bracket_end(text, value)};
  // A form value ends at '&', a bare JSON value at ',' or '}', a header's with its line.
  cursor.skip_until(form ? "&\r\n" : name_quoted ? ",}\r\n" : "\r\n");
  const std::size_t protocol = text.substr(0, cursor.at).find(" HTTP/", value);
  return {value, form && protocol != std::string_view::npos ? protocol : cursor.at};
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string out;
  char before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const SecretName name = secret_name_at(text, at, before);
    const std::size_t scheme_end = name.length == 0 ? spelled(text, at, "://") : 0;
    if (name.length == 0 && scheme_end == 0) {
      const Letter letter = letter_at(text, at);
      out.append(text.substr(at, letter.length));
      at += letter.length;
      before = letter.character;
      continue;
    }
    auto [begin, end] = scheme_end != 0 ? password_of_url(text, at + scheme_end) : value_behind(text, at + name.length);
    // Kafka REST calls an object "key".
    if (name.is_short && begin < end && (text[begin] == '{' || text[begin] == '[')) end = begin;
    if (scheme_end != 0 && begin == end) begin = end = at + scheme_end;
    out.append(text.substr(at, begin - at));
    if (end > begin) out += "***";
    at = end;
    before = 0;
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
