#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/base/sqlite.h"
#include "common/base/time.h"

namespace wayside::central {

/// `PRAGMA user_version` of a database that this program writes.
inline constexpr std::int64_t kSchemaVersion = 4;

/// What a database says about itself.
struct DatabaseIdentity {
  std::string id;           ///< random, made with the database; event ids carry it
  std::int64_t starts = 0;  ///< how often a central has opened it; event numbers grow across restarts by it
};

/// Creates or migrates the schema in one transaction and counts this start. A database of a newer program is an error.
Result<DatabaseIdentity> prepare_schema(SqlDatabase& database, UtcTime now);

}  // namespace wayside::central
