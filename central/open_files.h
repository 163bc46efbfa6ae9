#pragma once

#include <cstdint>

#include "central/central_settings.h"

namespace wayside::central {

/// Raises the limit of open files as far as it goes (Debian gives 1,024 and allows far more). Returns what it is now.
std::int64_t raise_open_files_limit();

/// Caps connections and viewers, and says so, where the limit of open files would not leave 128 for SQLite, Kafka and the log:
/// viewers must not use up what the folding needs. A quarter of the connections stays for others than viewers then.
void fit_connections(HttpSettings& settings, std::int64_t open_files);

}  // namespace wayside::central
