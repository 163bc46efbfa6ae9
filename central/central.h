#pragma once

#include "central/central_settings.h"
#include "central/page.h"

namespace wayside::central {

/// Runs central until SIGINT or SIGTERM. Returns the exit code: 0 after a clean stop, 1 when it could not start.
int run_central(const CentralSettings& settings, FindPageFile find_page);

}  // namespace wayside::central
