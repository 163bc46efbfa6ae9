#pragma once

#include <string>

#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// `"gaps":{"records":…,"list":[…]}`: what operators have taken as gone, newest first (at most 100).
Result<std::string> accepted_gaps_json(SqlDatabase& database);

}  // namespace wayside::central
