#pragma once

#include <string>

#include "edge/drivers/station_registry.h"

namespace wayside::edge {

struct RegistryPostgresSettings final : SettingsGroup {
  std::string connection;
  Secret password;
  std::string table;
  std::string query;
  std::string increment_by;
  RegistrySettings registry;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override;
};

/// The SQL that the settings come to; `after` is the greatest value of increment_by that was seen, as $1.
std::string registry_sql(const RegistryPostgresSettings& settings, bool after);

/// Announces the stations of a PostgreSQL table or query, polled: all rows each time, or those whose increment_by has grown.
DriverEntry registry_postgres_driver();

}  // namespace wayside::edge
