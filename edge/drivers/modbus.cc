#include "edge/drivers/modbus.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "edge/drivers/blocking_worker.h"
#include "edge/drivers/driver_state.h"
#include "edge/drivers/serial_port.h"
#include "edge/drivers/weather_reporter.h"

namespace wayside::edge {

void ModbusValueSettings::describe(SettingsVisitor& visitor) {
  visitor.text("field", field, "The contract's field of stream weather, such as air_temperature_C.", Presence::kRequired);
  visitor.integer("function", function, {3, 4}, "3: holding register, 4: input register.");
  visitor.integer("address", address, {0, 0xFFFF}, "Address on the wire, from 0 (register 40001 is function 3, address 0).");
  visitor.choice("type", type, modbus_type_names(), "How the registers are read; swapped: the low word first.");
  visitor.real("scale", scale, {}, "The value is raw * scale + offset.");
  visitor.real("offset", offset, {}, "Added after scaling.");
  visitor.text("invalid", invalid, "The raw number that says there is no value, such as 65535 or -32768; empty: none.");
}

Status ModbusValueSettings::validate() const {
  const auto fields = value_fields(Stream::kWeather);
  const auto known = std::find_if(fields.begin(), fields.end(), [this](const ValueField& known_field) {
    return known_field.name == field && known_field.type == ValueType::kNumber;
  });
  if (known == fields.end()) return Error{"field: is no number of stream weather (got " + field + ")", "air_temperature_C, …"};
  if (!invalid.empty() && !parse_number(invalid)) return Error{"invalid: is no number (got " + invalid + ")", "65535"};
  return {};
}

ModbusValue ModbusValueSettings::value() const {
  return {field,
          function == 3 ? ModbusTable::kHolding : ModbusTable::kInput,
          static_cast<std::uint16_t>(address),
          parse_modbus_type(type).value_or(ModbusType::kU16),
          scale,
          offset,
          parse_number(invalid)};
}

void ModbusDevice::describe(SettingsVisitor& visitor) {
  visitor.integer("unit", unit, {1, 247}, "The device's address on the line.");
  visitor.choice("map", map, shipped_modbus_maps(), "A register map that is shipped; none: only the values below.");
  visitor.list_of("value", values, "Values of your own, or in the place of the map's for the same field.");
  station.describe(visitor, "How often the device is read.");
}

Status ModbusDevice::validate() const {
  if (all_values().empty())
    return Error{"map: is none, and there is no value", "map = \"wn90lp\", or a [[source.device.value]] table"};
  return station.validate();
}

std::vector<ModbusValue> ModbusDevice::all_values() const {
  auto all = shipped_modbus_map(map).value_or(std::vector<ModbusValue>());
  for (const auto& own : values) {
    std::erase_if(all, [&own](const ModbusValue& value) { return value.field == own->field; });
    all.push_back(own->value());
  }
  return all;
}

void ModbusSettings::describe(SettingsVisitor& visitor) {
  visitor.text("port", port, "Serial device of the RS-485 adapter, or tcp://host:502.", Presence::kRequired);
  visitor.integer("baud", baud, {1200, 115'200}, "Baud rate of a serial port.");
  visitor.choice("parity", parity, {"none", "even", "odd"}, "Parity of a serial port.");
  visitor.integer("timeout_ms", timeout_ms, {50, 10'000}, "How long a device may take to answer.");
  visitor.list_of("device", devices, "The devices on this line.");
}

Status ModbusSettings::validate() const {
  if (devices.empty()) return Error{"device: there is none", "add a [[source.device]] table"};
  if (port.starts_with("tcp:") && !parse_tcp_port(port))
    return Error{"port: is no address (got " + port + ")", "tcp://192.168.1.9:502"};
  const auto& bauds = serial_bauds();
  if (std::find(bauds.begin(), bauds.end(), std::to_string(baud)) == bauds.end()) {
    return Error{"baud: is no standard rate (got " + std::to_string(baud) + ")", "9600"};
  }
  return {};
}

ModbusBusOptions ModbusSettings::bus() const {
  return {port, static_cast<int>(baud), parity == "even" ? 'E' : parity == "odd" ? 'O' : 'N', static_cast<int>(timeout_ms)};
}

class ModbusDriver::Impl : public std::enable_shared_from_this<ModbusDriver::Impl> {
 public:
  Impl(const ModbusSettings& settings, DriverHost& host, std::unique_ptr<ModbusBus> bus, BackOff back_off)
      : settings_(settings),
        host_(host),
        state_(host, settings.port),
        handover_(host, settings.port),
        reporter_(host, handover_),
        bus_(std::move(bus)),
        due_(host.loop()),
        worker_(host.loop()) {
    const auto now = std::chrono::steady_clock::now();
    for (const auto& device : settings.devices) {
      polled_.push_back({device.get(), device->all_values(), plan_requests(device->all_values()), back_off, now, {}});
    }
  }

  void start() {
    for (const auto& device : settings_.devices) host_.announce(device->station.info());
    wait();
  }

  void stop() {
    due_.cancel();
    worker_.stop();
  }

  std::map<std::string, std::uint64_t> counts() const {
    return {{"not_stored", handover_.not_stored()}, {"polls", polls_}, {"failed_polls", failed_}};
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Polled {
    const ModbusDevice* settings;
    std::vector<ModbusValue> values;
    std::vector<ModbusSpan> spans;
    BackOff back_off;
    Time next;
    std::string fault;  ///< empty: it answered
  };

  void wait() {
    const auto next =
        std::min_element(polled_.begin(), polled_.end(), [](const Polled& a, const Polled& b) { return a.next < b.next; });
    due_.expires_at(next->next);
    due_.async_wait([weak = weak_from_this(), device = &*next](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self) self->poll(*device);
    });
  }

  void poll(Polled& device) {
    ++polls_;
    const int unit = static_cast<int>(device.settings->unit);
    worker_.run([this, &device, unit, spans = device.spans](BlockingWorker::Pace& pace) -> BlockingWorker::Done {
      ModbusRegisters registers;
      std::optional<Error> failed;
      for (const ModbusSpan& span : spans) {
        if (pace.stopping()) break;
        const auto read = bus_->read(unit, span);
        if (!read) {
          failed = read.error();
          break;
        }
        for (std::uint16_t i = 0; i < span.count; ++i) {
          registers[{span.table, static_cast<std::uint16_t>(span.address + i)}] = (*read)[i];
        }
      }
      return [this, &device, registers = std::move(registers), failed] { polled(device, registers, failed); };
    });
  }

  void polled(Polled& device, const ModbusRegisters& registers, const std::optional<Error>& failed) {
    const auto now = std::chrono::steady_clock::now();
    const auto interval = std::chrono::milliseconds(device.settings->station.report_interval_s * 1000);
    device.fault.clear();
    if (failed) {
      device.fault = failed->message + (failed->hint.empty() ? "" : " (" + failed->hint + ")");
    } else if (auto weather = decode_registers(device.values, registers);
               !reporter_.report(device.settings->station.station_id, std::move(weather.fields), weather.rain)) {
      host_.refused({"no_values", "unit " + std::to_string(device.settings->unit), registers_in_words(registers)});
      device.fault = "unit " + std::to_string(device.settings->unit) + ": says that all of its values are invalid";
    }
    if (device.fault.empty()) {
      device.back_off.reset();
      device.next = now + interval;
    } else {
      ++failed_;
      device.next = now + std::max<std::chrono::milliseconds>(device.back_off.next(),
                                                              std::min(interval, std::chrono::milliseconds(1000)));
    }
    judge();
    wait();
  }

  void judge() {
    std::string faults;
    for (const Polled& device : polled_) {
      if (!device.fault.empty()) faults += (faults.empty() ? "" : "; ") + device.fault;
    }
    if (!faults.empty()) return state_.fault(faults);
    state_.ok();
  }

  static std::string registers_in_words(const ModbusRegisters& registers) {
    std::string words;
    for (const auto& [where, value] : registers) words += (words.empty() ? "" : " ") + std::to_string(value);
    return words;
  }

  const ModbusSettings& settings_;
  DriverHost& host_;
  DriverState state_;
  Handover handover_;
  WeatherReporter reporter_;
  std::unique_ptr<ModbusBus> bus_;  // the worker's while it is busy
  boost::asio::steady_timer due_;
  std::vector<Polled> polled_;
  std::uint64_t polls_ = 0;
  std::uint64_t failed_ = 0;
  BlockingWorker worker_;  // last: it ends before what its work uses
};

ModbusDriver::ModbusDriver(const ModbusSettings& settings, DriverHost& host, std::unique_ptr<ModbusBus> bus, BackOff back_off)
    : impl_(std::make_shared<Impl>(settings, host, std::move(bus), back_off)) {}
ModbusDriver::~ModbusDriver() { impl_->stop(); }
Status ModbusDriver::start() {
  impl_->start();
  return {};
}
void ModbusDriver::stop() { impl_->stop(); }
std::map<std::string, std::uint64_t> ModbusDriver::counts() const { return impl_->counts(); }

DriverEntry modbus_driver() {
  return {"modbus", "Modbus weather sensors, RTU or TCP, with the register map in the settings",
          [] { return std::make_unique<ModbusSettings>(); },
          [](const SettingsGroup& group, DriverHost& host) -> std::unique_ptr<Driver> {
            const auto& settings = static_cast<const ModbusSettings&>(group);
            return std::make_unique<ModbusDriver>(settings, host, make_modbus_bus(settings.bus()));
          },
          [](const SettingsGroup& group) {
            std::vector<std::string> stations;
            for (const auto& device : static_cast<const ModbusSettings&>(group).devices)
              stations.push_back(device->station.station_id);
            return stations;
          }};
}

}  // namespace wayside::edge
