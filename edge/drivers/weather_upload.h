#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/time.h"
#include "edge/drivers/weather_fields.h"

namespace wayside::edge {

/// Why a frame of hardware that pushes was refused: a closed list.
enum class FrameReason : std::uint8_t {
  kBadRequest,        ///< HTTP that is none of the dialects, or a body that cannot be read
  kUnknownDevice,     ///< the device's key is in no [[source.device]]
  kBadPassword,       ///< the device is known, its password is not the one in the settings
  kNotANumber,        ///< a value that must be a number is none, and it was the only one
  kNoValues,          ///< nothing usable: all values absent or out of range
  kUnsupportedFrame,  ///< known hardware, but a frame whose meaning is not documented
  kTooLarge,          ///< more records or bytes than the limit
  kUnknownStation,    ///< the record's station is in no [[source.rail.station]] and in no stations_file
};
inline constexpr std::size_t kFrameReasonCount = 8;
std::string_view to_text(FrameReason reason);

struct FrameRefusal {
  FrameReason reason = FrameReason::kBadRequest;
  std::string detail;
};

/// A cumulative rain reading of a device: `counter` names which of its totals it is.
struct RainTotal {
  std::string counter;
  double mm = 0;
};

/// One decoded upload, in the contract's units, before it is known whose station it is.
struct WeatherUpload {
  std::vector<std::string> keys;       ///< what the device calls itself, most special name first
  bool key_is_secret = false;          ///< a PASSKEY
  std::string password;                ///< as sent; empty when the dialect has none
  std::optional<UtcTime> device_time;  ///< nothing: `now`, missing or unreadable
  bool device_time_unreadable = false;
  WeatherFields fields;  ///< without the rain total
  std::optional<RainTotal> rain;
};

using DecodedUpload = std::variant<WeatherUpload, FrameRefusal>;

/// Decoded form fields in order. Names are case-sensitive: Acurite's `id` is not Weather Underground's `ID`.
class UploadForm {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  explicit UploadForm(Pairs pairs) : pairs_(std::move(pairs)) {}

  bool has(std::string_view name) const;
  /// The first field of that name; empty when there is none.
  std::string_view text(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;  ///< nothing when absent or no number
  bool empty() const { return pairs_.empty(); }

 private:
  Pairs pairs_;
};

/// One of a device's rain totals. Lists of them are ordered: longest-running first.
struct RainName {
  std::string_view field;
  double mm_per_unit;
};
/// The first of `names` that carries a number.
std::optional<RainTotal> longest_rain_total(const UploadForm& form, const std::vector<RainName>& names);

/// Reads `dateutc`: `now`, or `2016-1-4 21:2:35` padded or not, with a blank or a T. Sets the two time fields.
void read_device_time(std::string_view text, WeatherUpload& upload);

/// How far a device's clock can be believed.
enum class DeviceClock : std::uint8_t { kGood, kNone, kUnset, kAhead };
/// kUnset: before 2010, which is what devices that never had time send (1970, 2000, 2005 by firmware); no product of
/// these dialects with a set clock is that old, while recordings from 2016 on are real. kAhead: more than 5 minutes
/// ahead of `now`, which central would refuse as future_time. Both readings go out with the agent's time instead.
/// Without a known `now` nothing is ahead.
DeviceClock judge_device_time(const std::optional<UtcTime>& time, const std::optional<UtcTime>& now);

}  // namespace wayside::edge
