#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

// The ledger as the API tells it, read from the database (any read-only connection). `day` counts days since 1970 in UTC.

/// How far a reader of the ledger's pages is. Station ids, agent names and epochs sort before kLedgerEnd.
struct LedgerPlace {
  std::string station;  ///< the last one told
  std::string agent;
  std::string epoch;

  bool at_end() const;
};
inline constexpr std::string_view kLedgerEnd = "~";
inline bool LedgerPlace::at_end() const { return station == kLedgerEnd && agent == kLedgerEnd; }

/// One station's books: sums, the day, and accounts with their holes in seqs and times. `null` for none. A stranger's
/// account (another agent than the owner, nothing received) is listed, but stays out of the station's sums.
Result<std::string> station_ledger_json(SqlDatabase& database, const std::string& station_id, std::int64_t day);

/// Fields `"totals":…` over everything and `"agents":[…]` of at most `limit` epochs behind `place`, which moves on.
Result<std::string> ledger_agents_json(SqlDatabase& database, LedgerPlace& place, std::int64_t limit);

/// Field `"stations":[…]` of at most `limit` stations behind `place`, which moves on.
Result<std::string> ledger_stations_json(SqlDatabase& database, LedgerPlace& place, std::int64_t limit, std::int64_t day);

}  // namespace wayside::central
