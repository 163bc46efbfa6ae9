#pragma once

#include "edge/agent_settings.h"

namespace wayside::edge {

/// `wayside-agent check`: starts each source by itself, one after the other, without outbox and broker, and prints what it
/// reads, for somebody who stands at the station. A source is done with its first reading, or with its fault, or after
/// `settings.check_timeout_s`. Returns the exit code: 0 when every source has read something or listens without fault, 1 otherwise.
int check_sources(const AgentSettings& settings);

}  // namespace wayside::edge
