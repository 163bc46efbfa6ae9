#include "central/query_params.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "common/contract/message.h"
#include "common/http/server.h"

namespace wayside::central {
namespace {

constexpr std::size_t kQuotedMax = 60;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Exactly as many finite numbers as `into` has places, with commas between.
bool read_numbers(std::string_view text, std::span<double> into) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    const std::size_t comma = text.find(',');
    const bool last = i + 1 == into.size();
    const auto value = number<double>(text.substr(0, comma));
    if (!value || !std::isfinite(*value) || (comma == std::string_view::npos) != last) return false;
    into[i] = *value;
    text.remove_prefix(last ? text.size() : comma + 1);
  }
  return true;
}

}  // namespace

QueryParams::QueryParams(std::string_view query) : pairs_(parse_form(query)) {}

void QueryParams::fail(std::string_view name, std::string_view why, std::string_view got, std::string_view hint) {
  if (error_) return;
  std::string shown(got.substr(0, kQuotedMax));
  if (got.size() > kQuotedMax) shown += "…";
  error_ = Error{std::string(name) + ": " + std::string(why) + " (got " + shown + ")", std::string(hint)};
}

std::optional<std::string> QueryParams::text(std::string_view name, std::size_t bytes_max) {
  const auto found = std::find_if(pairs_.begin(), pairs_.end(), [name](const auto& pair) { return pair.first == name; });
  if (found == pairs_.end() || found->second.empty()) return std::nullopt;
  if (found->second.size() > bytes_max) {
    fail(name, "is too long", found->second, "at most " + std::to_string(bytes_max) + " bytes");
    return std::nullopt;
  }
  return found->second;
}

std::int64_t QueryParams::integer(std::string_view name, std::int64_t otherwise, std::int64_t min, std::int64_t max) {
  const auto given = text(name);
  if (!given) return otherwise;
  const auto value = number<std::int64_t>(*given);
  if (value && *value >= min && *value <= max) return *value;
  fail(name, "is out of bounds", *given, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return otherwise;
}

std::optional<UtcTime> QueryParams::time(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = parse_rfc3339(*given);
  if (!value) fail(name, "is no time", *given, "2026-11-20T08:11:33Z");
  return value;
}

std::optional<QueryParams::Box> QueryParams::box(std::string_view name) {
  constexpr std::string_view kForm = "min_lon,min_lat,max_lon,max_lat";
  const auto given = text(name);
  if (!given) return std::nullopt;
  std::array<double, 4> parts{};
  if (!read_numbers(*given, parts)) {
    fail(name, "is no box", *given, kForm);
    return std::nullopt;
  }
  if (parts[1] > parts[3]) fail(name, "has its latitudes the wrong way round", *given, kForm);
  return Box{parts[0], parts[1], parts[2], parts[3]};
}

std::optional<std::pair<double, double>> QueryParams::point(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  std::array<double, 2> parts{};
  if (read_numbers(*given, parts) && std::abs(parts[0]) <= 180 && std::abs(parts[1]) <= 90)
    return std::pair(parts[0], parts[1]);
  fail(name, "is no place", *given, "lon,lat with lon from -180 to 180 and lat from -90 to 90");
  return std::nullopt;
}

std::string encode_cursor(const std::vector<std::string>& parts) {
  std::string joined;
  for (std::size_t i = 0; i < parts.size(); ++i) joined += (i > 0 ? std::string(1, '\0') : std::string()) + parts[i];
  std::string text = encode_base64(joined);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

std::optional<std::vector<std::string>> decode_cursor(std::string_view cursor, std::size_t count) {
  std::string text(cursor);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  const auto joined = decode_base64(text);
  if (!joined) return std::nullopt;
  std::vector<std::string> parts(1);
  for (const char c : *joined) {
    if (c == '\0') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != count) return std::nullopt;
  return parts;
}

std::optional<std::vector<std::int64_t>> decode_numbers(std::string_view cursor, std::size_t count) {
  const auto parts = decode_cursor(cursor, count);
  if (!parts) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const std::string& part : *parts) {
    const auto value = number<std::int64_t>(part);
    if (!value) return std::nullopt;
    numbers.push_back(*value);
  }
  return numbers;
}

}  // namespace wayside::central
