#pragma once

#include <string>

#include "edge/drivers/station_registry.h"

namespace wayside::edge {

struct RegistryCsvSettings final : SettingsGroup {
  std::string file;
  RegistrySettings registry;

  void describe(SettingsVisitor& visitor) override;
  Status validate() const override { return registry.validate(); }
};

/// Announces the stations of a CSV file, and does so again when the file has changed.
DriverEntry registry_csv_driver();

}  // namespace wayside::edge
