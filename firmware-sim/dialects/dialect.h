#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "firmware-sim/faults.h"
#include "firmware-sim/weather_model.h"
#include "firmware-sim/wire_fields.h"

namespace wayside::sim {

/// How a device writes `dateutc`. kHabit: as this dialect usually does.
enum class DateStyle : std::uint8_t { kHabit, kPadded, kUnpadded, kNow };
std::optional<DateStyle> parse_date_style(std::string_view text);

/// Who sends: `key` is the id by which the agent's settings know the device.
struct DeviceIdentity {
  std::string key;
  std::string password;  ///< of Weather Underground uploads
  std::string host;      ///< for the Host header
  std::string path;      ///< empty: the dialect's own
  DateStyle dates = DateStyle::kHabit;
};

/// What a dialect writes from.
struct UploadInput {
  const WeatherSample& weather;
  const DeviceIdentity& device;
  UtcTime device_now;        ///< the device's clock, which may be wrong
  std::uint64_t number = 0;  ///< counts the uploads from 0
  Faults& faults;
};

/// One HTTP request as bytes, and what it says.
struct Upload {
  std::vector<std::string> segments;  ///< written one by one
  std::int64_t segment_gap_ms = 0;
  std::string contract_values;         ///< JSON object
  std::optional<UtcTime> observed_at;  ///< nothing when the device leaves the time to the receiver
};

struct Dialect {
  const char* name;
  const char* meaning;
  const char* default_key;
  Upload (*write)(const UploadInput& input);
  /// What the device takes for success.
  bool (*accepted)(int status, std::string_view body);
  int attempts;  ///< 1: a failed upload is lost, as with most devices
};
std::span<const Dialect> dialects();
const Dialect* find_dialect(std::string_view name);
std::string dialect_names();

// One file each.
Upload write_wunderground(const UploadInput& input);
Upload write_wunderground_metric(const UploadInput& input);
Upload write_acurite(const UploadInput& input);
Upload write_ecowitt(const UploadInput& input);
Upload write_airrohr(const UploadInput& input);
Upload write_kafka_rest_json(const UploadInput& input);
Upload write_kafka_rest_avro(const UploadInput& input);

/// `2016-1-4 21:2:35` or `2016-01-04 21:02:35`.
std::string utc_date(UtcTime time, bool padded);
/// corrupt: one measurement of a form loses its digits; the others stay as they are.
void corrupt_form(WireFields& fields, Faults& faults);
/// corrupt: a JSON body ends too early.
std::string corrupt_json(std::string body, Faults& faults);

}  // namespace wayside::sim
