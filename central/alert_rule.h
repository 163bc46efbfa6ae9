#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace wayside::central {

/// What can be wrong. The README says when each is.
enum class AlertRule : std::uint8_t {
  kSilent,
  kEmpty,
  kFull,
  kFrozenValue,
  kImpossibleValue,
  kBacklog,
  kOutbox,
  kBadClock,
};
inline constexpr std::size_t kAlertRuleCount = 8;
std::string_view to_text(AlertRule rule);
std::optional<AlertRule> parse_alert_rule(std::string_view text);

/// With what it is wrong.
enum class AlertSubject : std::uint8_t { kStation, kAgent, kCentral };
std::string_view to_text(AlertSubject subject);
std::optional<AlertSubject> parse_alert_subject(std::string_view text);

/// At most one alert of a key is open at a time.
struct AlertKey {
  AlertRule rule = AlertRule::kSilent;
  AlertSubject subject = AlertSubject::kStation;
  std::string name;  ///< station id, agent name, or empty
  friend auto operator<=>(const AlertKey&, const AlertKey&) = default;
};

/// An alert has been opened or closed.
struct AlertNews {
  AlertKey key;
  bool opened = true;
  std::string detail;  ///< what is wrong, or why it was closed
  UtcTime since;       ///< when it began to be wrong, or right
  UtcTime at;
};

}  // namespace wayside::central
