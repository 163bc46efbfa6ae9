#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "edge/drivers/weather_fields.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Why a line of rtl_433 is no reading of a sensor.
enum class RtlReason : std::uint8_t {
  kTooLong,
  kBadJson,   ///< no JSON object
  kBadType,   ///< model, id or channel is neither text nor number
  kNoModel,   ///< statistics and log lines: not a sensor's, no fault
  kNoValues,  ///< a listed sensor's line without anything that the contract knows
};
std::string_view to_text(RtlReason reason);

/// One decoded transmission, in the contract's units.
struct RtlMessage {
  std::string model;
  std::string id;       ///< as text; empty: the sensor has none
  std::string channel;  ///< likewise
  WeatherFields fields;
  std::optional<RainTotal> rain;
};

std::variant<RtlMessage, RtlReason> decode_rtl_433(std::string_view line);

}  // namespace wayside::edge
