#include "central/station_rules.h"

#include <algorithm>
#include <array>

namespace wayside::central {
namespace {

constexpr std::array<std::string_view, kStationStateCount> kTexts{"bad_clock", "silent", "out_of_service",
                                                                  "late",      "never",  "live"};
constexpr std::int64_t kLateIntervals = 2;
constexpr std::int64_t kSilentIntervals = 5;

}  // namespace

std::string_view to_text(StationState state) { return kTexts[static_cast<std::size_t>(state)]; }

std::optional<StationState> parse_station_state(std::string_view text) {
  const auto found = std::find(kTexts.begin(), kTexts.end(), text);
  if (found == kTexts.end()) return std::nullopt;
  return static_cast<StationState>(found - kTexts.begin());
}

bool says_out_of_service(const StreamState& state) {
  if (state.stream != Stream::kBikeStatus) return false;
  return state.flag("is_installed") == false || (state.flag("is_renting") == false && state.flag("is_returning") == false);
}

StreamVerdict judge_stream(const StreamState& state, double report_interval_s, UtcTime now) {
  if (!state.observed_at) return {state.bad_clock_at ? StationState::kBadClock : StationState::kNever, std::nullopt};
  const auto interval_ms = static_cast<std::int64_t>(report_interval_s * 1000);
  const UtcTime late_from{state.observed_at->ms + kLateIntervals * interval_ms + 1};
  const UtcTime silent_from{state.observed_at->ms + kSilentIntervals * interval_ms + 1};
  const bool out = says_out_of_service(state);
  if (now < late_from) return {out ? StationState::kOutOfService : StationState::kLive, late_from};
  const bool bad_clock = state.bad_clock_at && *state.bad_clock_at > state.received_at;
  StreamVerdict verdict{StationState::kSilent, std::nullopt};
  if (now < silent_from) verdict = {out ? StationState::kOutOfService : StationState::kLate, silent_from};
  if (bad_clock) verdict.state = StationState::kBadClock;
  return verdict;
}

}  // namespace wayside::central
