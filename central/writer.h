#pragma once

#include "central/central_settings.h"
#include "central/layer_keeper.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// The one connection that writes the database, tuned as the settings say. Take DatabaseLock first.
Result<SqlDatabase> open_writer(const CentralSettings& settings);

LayerOptions layer_options(const CentralSettings& settings);

}  // namespace wayside::central
