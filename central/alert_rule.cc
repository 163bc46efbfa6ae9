#include "central/alert_rule.h"

#include <algorithm>
#include <array>

namespace wayside::central {
namespace {

constexpr std::array<std::string_view, kAlertRuleCount> kRules{"silent",           "empty",   "full",   "frozen_value",
                                                               "impossible_value", "backlog", "outbox", "bad_clock"};
constexpr std::array<std::string_view, 3> kSubjects{"station", "agent", "central"};

template <class Enum, std::size_t size>
std::optional<Enum> find(const std::array<std::string_view, size>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  return found == names.end() ? std::nullopt : std::optional(static_cast<Enum>(found - names.begin()));
}

}  // namespace

std::string_view to_text(AlertRule rule) { return kRules[static_cast<std::size_t>(rule)]; }
std::optional<AlertRule> parse_alert_rule(std::string_view text) { return find<AlertRule>(kRules, text); }
std::string_view to_text(AlertSubject subject) { return kSubjects[static_cast<std::size_t>(subject)]; }
std::optional<AlertSubject> parse_alert_subject(std::string_view text) { return find<AlertSubject>(kSubjects, text); }

}  // namespace wayside::central
