#include "edge/drivers/modbus_bus.h"

#include <modbus.h>

#include <cerrno>

namespace wayside::edge {
namespace {

struct ModbusFree {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using ModbusHandle = std::unique_ptr<modbus_t, ModbusFree>;

Error modbus_error(const std::string& doing, int code) {
  std::string hint;
  if (code == ETIMEDOUT) hint = "check wiring (A and B swapped?), unit, baud and parity";
  if (code == EMBXILADD) hint = "the device has no such register: check map, address and function";
  if (code == EMBBADCRC) hint = "noise on the line: check the termination resistor, and that no two devices share a unit";
  if (code == EACCES) hint = "add the agent's user to the port's group: usermod -aG dialout wayside";
  if (code == ENOENT) hint = "is the device plugged in? ls -l /dev/serial/by-id";
  return Error{doing + ": " + modbus_strerror(code), hint};
}

class LibBus final : public ModbusBus {
 public:
  explicit LibBus(ModbusBusOptions options) : options_(std::move(options)) {}

  Result<std::vector<std::uint16_t>> read(int unit, const ModbusSpan& span) override {
    WAYSIDE_TRY(open());
    const std::string doing = "unit " + std::to_string(unit) + ", registers from " + std::to_string(span.address);
    if (modbus_set_slave(context_.get(), unit) != 0) return modbus_error(doing, errno);
    std::vector<std::uint16_t> registers(span.count);
    const auto read_registers = span.table == ModbusTable::kHolding ? modbus_read_registers : modbus_read_input_registers;
    const int count = read_registers(context_.get(), span.address, span.count, registers.data());
    if (count == span.count) return registers;
    const int code = count < 0 ? errno : EMBBADDATA;
    const bool answered = code >= EMBXILFUN && code <= EMBXGTAR;  // an exception is a whole answer
    if (!answered) context_.reset();  // opened anew: whatever comes late is not taken for the next answer
    return modbus_error(doing, code);
  }

 private:
  Status open() {
    if (context_) return {};
    const auto tcp = parse_tcp_port(options_.port);
    ModbusHandle made(tcp ? modbus_new_tcp_pi(tcp->first.c_str(), tcp->second.c_str())
                          : modbus_new_rtu(options_.port.c_str(), options_.baud, options_.parity, 8, 1));
    if (!made) return modbus_error(options_.port, errno);
    modbus_set_response_timeout(made.get(), static_cast<std::uint32_t>(options_.timeout_ms / 1000),
                                static_cast<std::uint32_t>(options_.timeout_ms % 1000) * 1000);
    if (modbus_connect(made.get()) != 0) return modbus_error("opening " + options_.port, errno);
    modbus_flush(made.get());
    context_ = std::move(made);
    return {};
  }

  ModbusBusOptions options_;
  ModbusHandle context_;
};

}  // namespace

std::unique_ptr<ModbusBus> make_modbus_bus(ModbusBusOptions options) { return std::make_unique<LibBus>(std::move(options)); }

std::optional<std::pair<std::string, std::string>> parse_tcp_port(const std::string& port) {
  constexpr std::string_view kScheme = "tcp://";
  const std::size_t colon = port.rfind(':');
  if (!port.starts_with(kScheme) || colon <= kScheme.size() || colon + 1 >= port.size()) return std::nullopt;
  return std::pair(port.substr(kScheme.size(), colon - kScheme.size()), port.substr(colon + 1));
}

}  // namespace wayside::edge
