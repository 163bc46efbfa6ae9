#pragma once

#include "bridge/bridge_settings.h"

namespace wayside::bridge {

/// `wayside-bridge topics`: creates the contract's topics that are not there, with one partition count, and prints a
/// table on standard output. Topics that are there stay as they are; another partition count is an error. Returns the
/// exit code.
int run_topics_command(const BridgeSettings& settings);

}  // namespace wayside::bridge
