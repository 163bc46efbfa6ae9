#include "central/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace wayside::central {

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end.ptr);
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end.ptr);
}

void append_time(std::string& out, std::optional<UtcTime> time) {
  if (!time) {
    out += "null";
    return;
  }
  out += '"';
  out += format_rfc3339(*time);
  out += '"';
}

void append_age(std::string& out, std::optional<UtcTime> time, UtcTime now) {
  if (!time) {
    out += "null";
    return;
  }
  append_number(out, std::round(static_cast<double>(now.ms - time->ms) / 100.0) / 10.0);
}

void append_comma(std::string& out) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
}

void append_key(std::string& out, std::string_view name) {
  append_comma(out);
  out.append("\"").append(name).append("\":");
}

}  // namespace wayside::central
