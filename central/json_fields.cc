#include "central/json_fields.h"

namespace wayside::central {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && blank(text[at])) ++at;
  return at;
}

/// Behind the string that begins at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at < text.size() ? at + 1 : text.size();
}

/// Behind the value that begins at `at`: up to the comma or bracket that ends it.
std::size_t skip_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return at;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

void split_object(std::string_view object, std::vector<JsonField>& fields) {
  fields.clear();
  std::size_t at = skip_blanks(object, 0);
  if (at >= object.size() || object[at] != '{') return;
  at = skip_blanks(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const std::size_t name_end = skip_string(object, at);
    const std::string_view name = object.substr(at, name_end - at);
    at = skip_blanks(object, name_end);
    if (at >= object.size() || object[at] != ':') return;
    at = skip_blanks(object, at + 1);
    const std::size_t end = skip_value(object, at);
    fields.push_back({name, trimmed(object.substr(at, end - at))});
    if (end >= object.size() || object[end] != ',') return;
    at = skip_blanks(object, end + 1);
  }
}

void split_cells(std::string_view cells, std::vector<std::string_view>& values) {
  values.clear();
  std::size_t at = skip_blanks(cells, 0);
  while (at < cells.size()) {
    const std::size_t end = skip_value(cells, at);
    values.push_back(trimmed(cells.substr(at, end - at)));
    if (end >= cells.size()) return;
    at = skip_blanks(cells, end + 1);
  }
}

std::string join_object(const std::vector<JsonField>& fields) {
  std::string out = "{";
  for (const JsonField& field : fields) {
    if (out.size() > 1) out += ',';
    out.append(field.name).append(":").append(field.value);
  }
  return out += '}';
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = seed;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93U;
  return hash ^ hash >> 32;
}

}  // namespace wayside::central
