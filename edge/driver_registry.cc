#include <array>

#include "edge/driver.h"
#include "edge/drivers/davis.h"
#include "edge/drivers/exec.h"
#include "edge/drivers/gbfs.h"
#include "edge/drivers/gpio.h"
#include "edge/drivers/http_push.h"
#include "edge/drivers/iio.h"
#include "edge/drivers/modbus.h"
#include "edge/drivers/mqtt_in.h"
#include "edge/drivers/omni.h"
#include "edge/drivers/registry_csv.h"
#include "edge/drivers/registry_postgres.h"
#include "edge/drivers/rtl_433.h"
#include "edge/drivers/serial_lines.h"
#include "edge/drivers/turnstile_lines.h"

namespace wayside::edge {
namespace {

/// One line for each driver.
const auto& registry() {
  static const std::array kEntries{
      davis_driver(),
      exec_driver(),
      gbfs_driver(),
      gpio_driver(),
      http_push_driver(),
      iio_driver(),
      modbus_driver(),
      mqtt_in_driver(),
      omni_driver(),
      registry_csv_driver(),
      registry_postgres_driver(),
      rtl_433_driver(),
      serial_lines_driver(),
      turnstile_lines_driver(),
  };
  return kEntries;
}

}  // namespace

const DriverEntry* find_driver(std::string_view name) {
  for (const DriverEntry& entry : registry()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> driver_names() {
  std::vector<std::string> names;
  for (const DriverEntry& entry : registry()) names.emplace_back(entry.name);
  return names;
}

}  // namespace wayside::edge
