#pragma once

#include <string>

#include "central/central_settings.h"

namespace wayside::central {

struct ResetOptions {
  std::string from;  ///< `earliest`
  bool yes = false;
};

/// `wayside-central reset --from earliest`: an operator's decision about records that are gone from Kafka. Only partitions
/// with a gap are touched. Asks on a terminal unless `yes`. Returns the exit code: 0 done or nothing to do, 1 it could not
/// (a central has the database open, Kafka does not answer), 2 it was asked wrongly or not confirmed; nothing has changed
/// unless it is 0.
int run_reset(const CentralSettings& settings, const ResetOptions& options);

}  // namespace wayside::central
