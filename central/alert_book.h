#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/alert_rule.h"

namespace wayside::central {

/// In it no alert about `name` is opened.
struct MaintenanceWindow {
  std::string name;  ///< empty: all
  UtcTime from;
  UtcTime until;  ///< not included
};

struct AlertBookOptions {
  /// How long each rule's condition holds before an alert is opened; nothing: the rule is off.
  std::array<std::optional<std::int64_t>, kAlertRuleCount> hold_ms{};
  std::int64_t clear_ms = 0;  ///< how long it is gone before the alert is closed
  std::vector<MaintenanceWindow> windows;
};

/// Which alerts are open, and which conditions are on their way there or back. Arithmetic over what it is told and when;
/// keeps something only for what is wrong. One alert a key stays open until its condition has been gone for `clear_ms`.
class AlertBook {
 public:
  explicit AlertBook(AlertBookOptions options) : options_(std::move(options)) {}

  /// An alert that was open when central ended. It is closed at once where its rule is off now.
  void restore(const AlertKey& key, UtcTime now);
  /// Whether it is wrong; nothing: cannot be told, an open alert then stays as it is.
  void observe(const AlertKey& key, std::optional<bool> wrong, std::string_view detail, UtcTime now);
  /// The station or agent is no more.
  void forget(AlertSubject subject, const std::string& name);
  /// While central itself is behind, nothing about stations and agents is opened or closed: it is old news.
  void set_blind(bool blind) { blind_ = blind; }
  /// What has become due.
  std::vector<AlertNews> tick(UtcTime now);

  bool is_on(AlertRule rule) const { return options_.hold_ms[static_cast<std::size_t>(rule)].has_value(); }
  const std::array<std::size_t, kAlertRuleCount>& open_counts() const { return open_; }

 private:
  enum class Phase { kPending, kOpen, kClearing };
  struct Item {
    Phase phase = Phase::kPending;
    UtcTime since;  ///< when the phase's condition began
    std::string detail;
    bool gone = false;  ///< to be closed whatever the time
  };
  bool in_maintenance(const std::string& name, UtcTime now) const;
  /// True when the item is done with.
  bool tick_item(const AlertKey& key, Item& item, UtcTime now, std::vector<AlertNews>& news);

  AlertBookOptions options_;
  std::map<AlertKey, Item> items_;
  std::array<std::size_t, kAlertRuleCount> open_{};
  bool blind_ = false;
};

}  // namespace wayside::central
