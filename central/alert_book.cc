#include "central/alert_book.h"

#include <algorithm>

namespace wayside::central {

void AlertBook::restore(const AlertKey& key, UtcTime now) {
  Item& item = items_[key];
  item.phase = Phase::kOpen;
  item.since = now;
  item.gone = !is_on(key.rule);
  if (item.gone) item.detail = "the rule is off";
  ++open_[static_cast<std::size_t>(key.rule)];
}

void AlertBook::observe(const AlertKey& key, std::optional<bool> wrong, std::string_view detail, UtcTime now) {
  if (!is_on(key.rule)) return;
  const auto found = items_.find(key);
  if (found == items_.end()) {
    if (wrong.value_or(false)) items_.emplace(key, Item{Phase::kPending, now, std::string(detail)});
    return;
  }
  Item& item = found->second;
  if (item.gone) return;
  if (item.phase == Phase::kPending) {
    if (!wrong.value_or(false)) items_.erase(found);
    return;
  }
  if (wrong == std::optional(false)) {
    if (item.phase == Phase::kOpen) item = Item{Phase::kClearing, now, std::string(detail)};
  } else {
    item.phase = Phase::kOpen;
  }
}

void AlertBook::forget(AlertSubject subject, const std::string& name) {
  for (std::size_t i = 0; i < kAlertRuleCount; ++i) {
    const auto found = items_.find({static_cast<AlertRule>(i), subject, name});
    if (found == items_.end()) continue;
    if (found->second.phase == Phase::kPending) {
      items_.erase(found);
    } else {
      found->second.gone = true;
      found->second.detail = "the " + std::string(to_text(subject)) + " is no more";
    }
  }
}

bool AlertBook::in_maintenance(const std::string& name, UtcTime now) const {
  return std::any_of(options_.windows.begin(), options_.windows.end(), [&](const MaintenanceWindow& window) {
    return (window.name.empty() || window.name == name) && window.from <= now && now < window.until;
  });
}

bool AlertBook::tick_item(const AlertKey& key, Item& item, UtcTime now, std::vector<AlertNews>& news) {
  const auto rule = static_cast<std::size_t>(key.rule);
  if (item.gone || (item.phase == Phase::kClearing && now.ms - item.since.ms >= options_.clear_ms)) {
    news.push_back({key, false, item.detail, item.since, now});
    --open_[rule];
    return true;
  }
  if (item.phase == Phase::kPending && now.ms - item.since.ms >= options_.hold_ms[rule].value_or(0)) {
    news.push_back({key, true, item.detail, item.since, now});
    item.phase = Phase::kOpen;
    ++open_[rule];
  }
  return false;
}

std::vector<AlertNews> AlertBook::tick(UtcTime now) {
  std::vector<AlertNews> news;
  for (auto place = items_.begin(); place != items_.end();) {
    auto& [key, item] = *place;
    const bool blind = blind_ && key.subject != AlertSubject::kCentral && !item.gone;
    // What is still wrong when a window or our own blindness ends waits its whole time from there.
    const bool held = blind || (item.phase == Phase::kPending && in_maintenance(key.name, now));
    if (held && item.phase != Phase::kOpen) item.since = now;
    place = !held && tick_item(key, item, now, news) ? items_.erase(place) : std::next(place);
  }
  return news;
}

}  // namespace wayside::central
