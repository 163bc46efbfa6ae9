#include "common/contract/broken_message.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Place behind the text that begins with a quote at `at`; the end when it is never closed.
std::size_t behind_text(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

/// Place of the next ',' or closing bracket that belongs to the level of `at`, or the end.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = behind_text(text, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return at;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    ++at;
  }
  return text.size();
}

/// A text in quotes without escapes: names, ids and epochs need none.
std::optional<std::string_view> plain_text(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
  quoted = quoted.substr(1, quoted.size() - 2);
  return quoted.find('\\') == std::string_view::npos ? std::optional(quoted) : std::nullopt;
}

std::uint64_t seq_of(std::string_view value) {
  double seq = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seq);
  const bool whole = error == std::errc() && end == value.data() + value.size() && seq == std::floor(seq);
  return whole && seq >= 1 && seq <= static_cast<double>(kSeqMax) ? static_cast<std::uint64_t>(seq) : 0;
}

struct Found {
  std::optional<std::string_view> station_id, epoch, seq;
  bool repeated = false;

  void note(std::string_view name, std::string_view value) {
    auto* place = name == "station_id" ? &station_id : name == "epoch" ? &epoch : name == "seq" ? &seq : nullptr;
    if (place == nullptr) return;
    repeated = repeated || place->has_value();
    *place = value;
  }
};

}  // namespace

ArrayCutter::ArrayCutter(std::string_view text) : rest_(trim(text)), in_array_(rest_.starts_with('[')) {
  if (in_array_) rest_.remove_prefix(1);
}

std::optional<std::string_view> ArrayCutter::next() {
  while (!rest_.empty()) {
    const std::string_view item = take_item();
    if (!item.empty()) return item;
  }
  return std::nullopt;
}

std::string_view ArrayCutter::take_item() {
  if (!in_array_) return std::exchange(rest_, {});
  const std::size_t end = end_of_value(rest_, 0);
  const std::string_view item = trim(rest_.substr(0, end));
  in_array_ = end < rest_.size() && rest_[end] == ',';
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (!in_array_) rest_ = trim(rest_);
  return item;
}

BrokenIdentity identity_of_broken(std::string_view text) {
  text = trim(text);
  if (!text.starts_with('{')) return {};
  text.remove_prefix(1);
  Found found;
  while (!text.empty()) {
    const std::size_t end = end_of_value(text, 0);
    const std::string_view member = trim(text.substr(0, end));
    if (member.starts_with('"')) {
      const std::size_t colon = member.find_first_not_of(kBlanks, behind_text(member, 0));
      const auto name = plain_text(trim(member.substr(0, std::min(colon, member.size()))));
      if (name && colon < member.size() && member[colon] == ':') found.note(*name, trim(member.substr(colon + 1)));
    }
    if (end >= text.size() || text[end] != ',') break;
    text.remove_prefix(end + 1);
  }
  if (found.repeated) return {};
  BrokenIdentity identity;
  if (const auto station = plain_text(found.station_id.value_or("")); station && valid_station_id(*station)) {
    identity.station_id = *station;
  }
  const auto epoch = plain_text(found.epoch.value_or(""));
  const std::uint64_t seq = seq_of(found.seq.value_or(""));
  if (epoch && valid_epoch(*epoch) && seq != 0) {
    identity.epoch = *epoch;
    identity.seq = seq;
  }
  return identity;
}

}  // namespace wayside
