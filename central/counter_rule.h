#pragma once

#include <optional>

#include "central/stream_state.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// `counter_jump`: holds the cumulative counters of a reading against the present of its stream. Within one counter_id a
/// newer reading must not be lower, nor higher than people or rain can be, and an older one must not be higher. Only a
/// present of at most an hour away counts: a counter that was once too high does not refuse all that follows for ever.
std::optional<Refusal> judge_counters(const Reading& reading, const StreamState& present);

}  // namespace wayside::central
