// Turnstile audits as New York's MTA publishes them (files before October 2014): control area, unit, device (SCP), then up to
// eight groups of date MM-DD-YY, time HH:MM:SS, what happened, and the cumulative registers of entries and exits:
//   A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585,05-21-11,04:00:00,REGULAR,003169415,001097588
// A register has as many digits as it is wide, zeros in front; it goes on at 0 behind 999999999. Times are local.
#include "edge/drivers/mta_audit.h"

#include <algorithm>
#include <charconv>

namespace wayside::edge {
namespace {

constexpr std::size_t kLineBytesMax = 512;
constexpr std::size_t kNames = 3;
constexpr std::size_t kGroup = 5;
constexpr std::size_t kDigitsMax = 15;
constexpr std::size_t kNameBytesMax = 16;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    fields.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  while (!fields.empty() && fields.back().empty()) fields.pop_back();  // lines are padded with commas
  return fields;
}

/// `05-21-11` with '-' or `00:00:00` with ':': three numbers of two digits.
bool three_numbers(std::string_view text, char separator, int& a, int& b, int& c) {
  if (text.size() != 8 || text[2] != separator || text[5] != separator) return false;
  const auto number = [text](std::size_t at, int& value) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, value);
    return error == std::errc() && end == text.data() + at + 2 && value >= 0;
  };
  return number(0, a) && number(3, b) && number(6, c);
}

bool read_time(std::string_view date, std::string_view time, CivilTime& at) {
  if (!three_numbers(date, '-', at.month, at.day, at.year) || !three_numbers(time, ':', at.hour, at.minute, at.second))
    return false;
  at.year += 2000;
  return utc_from_civil(at.year, at.month, at.day, at.hour, at.minute, at.second).has_value();
}

bool read_register(std::string_view text, AuditRegister& out) {
  if (text.empty() || text.size() > kDigitsMax) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.value);
  out.modulus = 1;
  for (std::size_t i = 0; i < text.size(); ++i) out.modulus *= 10;
  return error == std::errc() && end == text.data() + text.size();
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '/'; });
}

}  // namespace

std::string_view to_text(AuditReason reason) {
  switch (reason) {
    case AuditReason::kTooLong: return "too_long";
    case AuditReason::kNotAnAudit: return "not_an_audit";
    case AuditReason::kBadTime: return "bad_time";
    case AuditReason::kNotARegister: return "not_a_register";
    case AuditReason::kUnknownDevice: return "unknown_device";
  }
  return "not_an_audit";
}

std::variant<AuditLine, AuditReason> parse_audit_line(std::string_view line) {
  if (line.size() > kLineBytesMax) return AuditReason::kTooLong;
  const std::vector<std::string_view> fields = split(line);
  if (fields.size() < kNames + kGroup || (fields.size() - kNames) % kGroup != 0) return AuditReason::kNotAnAudit;
  if (!std::all_of(fields.begin(), fields.begin() + kNames, is_name)) return AuditReason::kNotAnAudit;
  AuditLine out;
  out.device = std::string(fields[0]) + "/" + std::string(fields[1]) + "/" + std::string(fields[2]);
  for (std::size_t at = kNames; at < fields.size(); at += kGroup) {
    Audit audit;
    if (!read_time(fields[at], fields[at + 1], audit.at)) return AuditReason::kBadTime;
    audit.event = fields[at + 2];
    if (!read_register(fields[at + 3], audit.entries) || !read_register(fields[at + 4], audit.exits))
      return AuditReason::kNotARegister;
    out.audits.push_back(std::move(audit));
  }
  return out;
}

}  // namespace wayside::edge
