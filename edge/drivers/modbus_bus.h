#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "edge/drivers/modbus_registers.h"

namespace wayside::edge {

struct ModbusBusOptions {
  std::string port;  ///< `/dev/ttyUSB0`, or `tcp://host:502`
  int baud = 9600;
  char parity = 'N';
  int timeout_ms = 1000;
};

/// One RS-485 line or TCP connection. Its calls block up to the time-out: for a BlockingWorker only, one thread at a time.
class ModbusBus {
 public:
  virtual ~ModbusBus() = default;
  /// Opens what is not open and reads consecutive registers of a unit. After an error what arrives late is thrown away.
  virtual Result<std::vector<std::uint16_t>> read(int unit, const ModbusSpan& span) = 0;
};

/// Through libmodbus.
std::unique_ptr<ModbusBus> make_modbus_bus(ModbusBusOptions options);

/// Host and port of `tcp://host:502`; nothing for another text.
std::optional<std::pair<std::string, std::string>> parse_tcp_port(const std::string& port);

}  // namespace wayside::edge
