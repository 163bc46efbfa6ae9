#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

// The ledger as the API tells it, read from the database (any read-only connection).

/// One station's books: totals and accounts with their holes. `{}`-like zeros for a station without any.
Result<std::string> station_ledger_json(SqlDatabase& database, const std::string& station_id);

/// Fields `"totals":…,"agents":…` over everything.
Result<std::string> ledger_totals_json(SqlDatabase& database);

/// Fields `"stations":[…],"next_cursor":…` of at most `limit` stations with ids above `after`.
Result<std::string> ledger_stations_json(SqlDatabase& database, const std::string& after, std::int64_t limit);

}  // namespace wayside::central
