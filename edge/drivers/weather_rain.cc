#include "edge/drivers/weather_rain.h"

#include <charconv>

namespace wayside::edge {
namespace {

/// Totals are compared in mm with 4 decimals; a smaller step back is rounding.
constexpr double kRoundingMm = 1e-4;

}  // namespace

std::optional<RainCounters::Step> RainCounters::advance(std::string_view station_id, const RainTotal& total,
                                                        std::optional<UtcTime> at) {
  const std::string key = "rain/" + std::string(station_id) + "/" + total.counter;
  auto found = lives_.find(key);
  if (found == lives_.end()) {
    if (lives_.size() >= kCountersMax) return std::nullopt;
    const auto kept = host_.recall(key);
    const auto life = kept ? parse(*kept) : std::nullopt;
    if (life) found = lives_.emplace(key, *life).first;
  }
  const Life* before = found == lives_.end() ? nullptr : &found->second;
  // A reading from before the last one (a device that sends its buffer) says nothing about a reset.
  if (before != nullptr && at && at->ms < before->at_ms) return Step{before->counter_id, std::nullopt};

  Life life{"", total.mm, at ? at->ms : before != nullptr ? before->at_ms : 0};
  const bool went_back = before != nullptr && total.mm < before->mm - kRoundingMm;
  life.counter_id = before != nullptr && !went_back ? before->counter_id : new_id(total, at, before);
  const bool changed = before == nullptr || went_back || total.mm != before->mm;
  lives_.insert_or_assign(key, life);
  if (!changed) return Step{life.counter_id, std::nullopt};
  return Step{life.counter_id, Memory{key, std::to_string(life.mm) + " " + std::to_string(life.at_ms) + " " + life.counter_id}};
}

std::optional<RainCounters::Life> RainCounters::parse(const std::string& text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string::npos ? first : text.find(' ', first + 1);
  if (second == std::string::npos) return std::nullopt;
  const auto mm = parse_number(std::string_view(text).substr(0, first));
  std::int64_t at_ms = 0;
  const auto [end, error] = std::from_chars(text.data() + first + 1, text.data() + second, at_ms);
  if (!mm || error != std::errc() || end != text.data() + second) return std::nullopt;
  return Life{text.substr(second + 1), *mm, at_ms};
}

std::string RainCounters::new_id(const RainTotal& total, std::optional<UtcTime> at, const Life* before) {
  std::string day = at ? format_rfc3339(*at).substr(0, 10) : "undated";
  std::erase(day, '-');
  std::string id = total.counter + "/" + day;
  // Without a day of its own a life counts on from the one before it: `undated` must not come twice.
  if (!at && before != nullptr) id = before->counter_id.substr(0, before->counter_id.rfind('.'));
  if (before == nullptr || !before->counter_id.starts_with(id)) return id;
  // A second reset on one day: count on from `…/20260104.2`.
  int lives = 1;
  const std::string_view tail = std::string_view(before->counter_id).substr(id.size());
  if (!tail.empty() && tail.front() == '.') std::from_chars(tail.data() + 1, tail.data() + tail.size(), lives);
  return id + "." + std::to_string(lives + 1);
}

}  // namespace wayside::edge
