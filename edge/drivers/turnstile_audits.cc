#include "edge/drivers/turnstile_audits.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "common/base/log.h"

namespace wayside::edge {
namespace {

constexpr double kMinutesUnknown = 24 * 60;  // when nobody knows how long it was

bool begins_a_life(RegisterChange change) { return change >= RegisterChange::kRolledOver; }
bool is_step_on(RegisterChange change) { return change <= RegisterChange::kRolledOver; }

/// Audits are readings of the registers as such; everything else is told on the occasion of something (a door, a power cut).
bool is_audit(const std::string& event) { return event == "REGULAR" || event == "RECOVR AUD"; }

}  // namespace

void TurnstileAudits::take(const std::string& device, const Audit& audit, std::optional<UtcTime> at, Group& group) {
  const auto last = known(device);
  Known next{audit.entries, audit.exits, at, false, false};
  if (!last) {
    log_info("turnstile_first_audit", {{"station_id", station_id_}, {"device", device}});
    push(counters_.add(station_id_, {{"entries_total", 0}, {"exits_total", 0}}, at), group);
  } else {
    if (at && last->at && *at <= *last->at) {
      ++counts_.late;
      return;
    }
    const std::uint64_t most = plausible(*last, at);
    const RegisterStep entries = judge_register(last->entries, audit.entries, most, last->entries_down);
    const RegisterStep exits = judge_register(last->exits, audit.exits, most, last->exits_down);
    if (!is_audit(audit.event) && !(is_step_on(entries.change) && is_step_on(exits.change))) {
      ++counts_.events_unused;
      return;
    }
    const auto goes_down = [](const RegisterStep& step, bool before) {
      const bool tells_nothing = step.change == RegisterChange::kRolledOver || (is_step_on(step.change) && step.after == 0);
      return step.change == RegisterChange::kBackward || (tells_nothing && before);
    };
    next.entries_down = goes_down(entries, last->entries_down);
    next.exits_down = goes_down(exits, last->exits_down);
    if (!at) next.at = last->at;
    count_on(entries, exits, at, group);
  }
  devices_[device] = next;
  group.memories.push_back(memory_of(device, next));
}

void TurnstileAudits::count_on(const RegisterStep& entries, const RegisterStep& exits, std::optional<UtcTime> at,
                               Group& group) {
  ++counts_.changes[static_cast<std::size_t>(entries.change)];
  ++counts_.changes[static_cast<std::size_t>(exits.change)];
  if (begins_a_life(entries.change) || begins_a_life(exits.change)) {
    log_warn("turnstile_new_counter",
             {{"station_id", station_id_}, {"entries", to_text(entries.change)}, {"exits", to_text(exits.change)}});
    push(counters_.add(station_id_, {{"entries_total", entries.before}, {"exits_total", exits.before}}, at), group);
    push(counters_.restart(station_id_, at), group);
  }
  push(counters_.add(station_id_, {{"entries_total", entries.after}, {"exits_total", exits.after}}, at), group);
}

void TurnstileAudits::push(KeptCounters::Step step, Group& group) {
  group.observations.push_back({station_id_, Stream::kTurnstile, step.observed_at, std::move(step.values)});
  group.memories.push_back(std::move(step.memory));
}

std::uint64_t TurnstileAudits::plausible(const Known& last, std::optional<UtcTime> at) const {
  const double minutes = at && last.at ? static_cast<double>(at->ms - last.at->ms) / 60'000 : kMinutesUnknown;
  // A minute at least: the device's clock has seconds, and people come in groups.
  return static_cast<std::uint64_t>(std::ceil(people_per_minute_max_ * std::max(1.0, minutes)));
}

void TurnstileAudits::forget_uncommitted() {
  devices_.clear();
  counters_.forget_uncommitted();
}

std::optional<TurnstileAudits::Known> TurnstileAudits::known(const std::string& device) {
  const auto found = devices_.find(device);
  if (found != devices_.end()) return found->second;
  const auto kept = host_.recall("register/" + device);
  if (!kept) return std::nullopt;
  Known last;
  unsigned long long numbers[4];
  long long at_ms = 0;
  int down[2];
  const int read = std::sscanf(kept->c_str(), "%llu/%llu %llu/%llu %lld %d %d", &numbers[0], &numbers[1], &numbers[2],
                               &numbers[3], &at_ms, &down[0], &down[1]);
  if (read != 7) return std::nullopt;
  last.entries = {numbers[0], numbers[1]};
  last.exits = {numbers[2], numbers[3]};
  if (at_ms >= 0) last.at = UtcTime{at_ms};
  last.entries_down = down[0] != 0;
  last.exits_down = down[1] != 0;
  return last;
}

Memory TurnstileAudits::memory_of(const std::string& device, const Known& known) {
  const auto text = [](const AuditRegister& one) { return std::to_string(one.value) + "/" + std::to_string(one.modulus); };
  return {"register/" + device, text(known.entries) + " " + text(known.exits) + " " +
                                    std::to_string(known.at ? known.at->ms : -1) + " " + std::to_string(known.entries_down) +
                                    " " + std::to_string(known.exits_down)};
}

}  // namespace wayside::edge
