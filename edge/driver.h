#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/settings.h"
#include "common/contract/streams.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// What a driver has read, before the outbox numbers it.
struct Observation {
  std::string station_id;
  Stream stream = Stream::kWeather;
  /// When it was observed at the source, if the source says so; nothing: now, by the agent's clock.
  std::optional<UtcTime> observed_at;
  std::string values;  ///< JSON object in the contract's fields and units
};

/// What a driver knows about a station: the `info` message (contract: station information).
struct StationInfo {
  std::string station_id;
  std::string json;  ///< the whole information as JSON object
};

/// A text that a driver keeps over restarts, written in the same commit as the observations it belongs to.
struct Memory {
  std::string key;
  std::string value;
};

/// A frame that a driver could not take: kept in a ring of 100 per agent, counted by reason.
struct RefusedFrame {
  std::string reason;  ///< of the driver's closed list
  std::string detail;
  std::string frame;  ///< the bytes, secrets masked (mask_secrets)
};

/// A device that speaks to a driver without being in the settings; shown by `wayside-agent status`.
struct UnknownDevice {
  std::string key_masked;
  std::string driver;
  std::string hint;  ///< TOML lines ready to paste, key masked
};

/// What a driver leaves out of readings that it hands over all the same; counted in health.
enum class LeftOut { kValue, kDeviceTime };

/// How a driver hands over what it has; the agent's side of the interface. All calls on the agent's loop.
class DriverHost {
 public:
  virtual ~DriverHost() = default;

  /// Numbers and commits the observations (with `memories`) to the outbox as one group. `done` is called after the
  /// commit has returned, or with the error: answer a waiting device only then. Order of calls is kept. When the contract
  /// refuses every observation, that is an error too (refused_by_contract()), and the memories are kept all the same.
  virtual void accept(std::vector<Observation> observations, std::vector<Memory> memories,
                      std::function<void(const Status&)> done) = 0;
  /// Publishes station information when it differs from what was published last; kept over restarts.
  virtual void announce(StationInfo info) = 0;
  /// The station is no more: takes its information back, which retires it.
  virtual void retire(const std::string& station_id) = 0;
  /// What was kept under `key` by this source, or nothing.
  virtual std::optional<std::string> recall(std::string_view key) = 0;
  virtual std::map<std::string, std::string> recall_all() = 0;

  virtual void refused(RefusedFrame frame) = 0;
  virtual void unknown_device(UnknownDevice device) = 0;
  virtual void left_out(LeftOut what) = 0;
  /// State for health: a fault says why; the driver goes on trying by itself with back-off.
  virtual void report_ok() = 0;
  virtual void report_fault(const std::string& why) = 0;

  virtual const Clock& clock() const = 0;
  /// The time, when this machine knows it; clock().wall() says 1970 on a Raspberry Pi that had it from a receipt.
  virtual std::optional<UtcTime> now() const = 0;
  virtual boost::asio::io_context& loop() = 0;
};

/// Whether accept() failed because of what was offered: offering the same again is in vain.
bool refused_by_contract(const Status& status);

/// Reads one kind of hardware. It never blocks the loop, never throws out of it, and never stops the agent: a driver
/// that fails reports the fault and tries again with back-off.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Begins to read. An error here means the settings cannot work (a port that is taken): the agent does not start.
  virtual Status start() = 0;
  virtual void stop() = 0;
  /// Whatever else the driver counts since its start, by name, for health and status; 0 may be left out.
  virtual std::map<std::string, std::uint64_t> counts() const { return {}; }
  /// For `--once`: polls now (a polling driver) and calls `done` when all of it is accepted. Listening drivers answer
  /// at once.
  virtual void poll_once(std::function<void(const Status&)> done) { std::exchange(done, nullptr)({}); }
};

/// One line of the registry (driver_registry.cc).
struct DriverEntry {
  std::string_view name;
  std::string_view summary;
  std::function<std::unique_ptr<SettingsGroup>()> make_settings;
  /// `settings` is what make_settings made, filled and valid; it outlives the driver.
  std::function<std::unique_ptr<Driver>(const SettingsGroup& settings, DriverHost& host)> make;
  /// The stations that the settings name; empty: the hardware names them.
  std::function<std::vector<std::string>(const SettingsGroup& settings)> station_ids = {};
};
const DriverEntry* find_driver(std::string_view name);
std::vector<std::string> driver_names();

}  // namespace wayside::edge
