#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "edge/drivers/nmea_sentence.h"
#include "edge/drivers/weather_fields.h"

namespace wayside::edge {

/// How the instrument stands.
struct NmeaMount {
  /// A mast on land does not move: the wind relative to it (MWV R) is the true wind, and its direction is the angle plus
  /// `north_offset_deg`. On a vehicle or boat (false) R stays relative and the direction to north is unknown.
  bool fixed_mast = true;
  double north_offset_deg = 0;  ///< where the instrument's zero mark points, degrees from true north
};

struct WindSample {
  /// In the order of preference when an instrument states the wind several times: each is averaged by itself.
  enum class Source : std::uint8_t { kMwd, kMwv, kMda, kRelative } source = Source::kMwv;
  double speed_m_s = 0;
  std::optional<double> from_deg;
};
inline constexpr std::size_t kWindSourceCount = 4;

/// What one sentence says. Both empty: a good sentence of a kind we do not use, or one whose fields are all empty.
struct NmeaValues {
  WeatherFields fields;  ///< without wind
  std::optional<WindSample> wind;
};

std::variant<NmeaValues, LineReason> decode_nmea_weather(const NmeaSentence& sentence, const NmeaMount& mount);

}  // namespace wayside::edge
