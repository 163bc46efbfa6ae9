#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "central/stream_state.h"

namespace wayside::central {

/// What a station or one of its streams shows (DESIGN 6), worst first: a station shows its worst stream.
enum class StationState : std::uint8_t { kBadClock, kSilent, kOutOfService, kLate, kNever, kLive };
inline constexpr std::size_t kStationStateCount = 6;
std::string_view to_text(StationState state);
std::optional<StationState> parse_station_state(std::string_view text);

struct StreamVerdict {
  StationState state = StationState::kNever;
  std::optional<UtcTime> next_change;  ///< when age alone makes it another one
};

/// True when the station itself says that it is out of service: a bike station that is not installed, or neither gives
/// out nor takes back.
bool says_out_of_service(const StreamState& state);

/// The state of a stream at `now`: late over 2 intervals, silent over 5. A stream that is not live by its good readings,
/// and whose newest arrival had a time that cannot be used, has a bad clock; one that is live is not disturbed by old
/// readings without a clock that arrive beside it.
StreamVerdict judge_stream(const StreamState& state, double report_interval_s, UtcTime now);

}  // namespace wayside::central
