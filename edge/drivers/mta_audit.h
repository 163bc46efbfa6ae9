#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/time.h"

namespace wayside::edge {

/// Why a line of turnstile audits was refused: a closed list.
enum class AuditReason : std::uint8_t {
  kTooLong,        ///< over 512 characters
  kNotAnAudit,     ///< not three names and groups of five fields
  kBadTime,        ///< no date and time of the calendar
  kNotARegister,   ///< registers that are not digits alone
  kUnknownDevice,  ///< a turnstile that is not in the settings
};
inline constexpr std::size_t kAuditReasonCount = 5;
std::string_view to_text(AuditReason reason);

/// A register as it was read: its digits say where it rolls over.
struct AuditRegister {
  std::uint64_t value = 0;
  std::uint64_t modulus = 0;  ///< 10 to the power of its digits
};

/// The time as the device's clock shows it, in whatever zone that runs.
struct CivilTime {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

/// One reading of one turnstile's registers.
struct Audit {
  CivilTime at;
  std::string event;  ///< REGULAR, RECOVR AUD, DOOR OPEN …
  AuditRegister entries;
  AuditRegister exits;
};

struct AuditLine {
  std::string device;  ///< control area, unit and SCP: A002/R051/02-00-00
  std::vector<Audit> audits;
};

std::variant<AuditLine, AuditReason> parse_audit_line(std::string_view line);

}  // namespace wayside::edge
