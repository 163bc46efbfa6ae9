#pragma once

#include <string>
#include <string_view>

#include "firmware-sim/weather_model.h"

namespace wayside::sim {

/// XOR of the bytes between '$' and '*' (NMEA 0183).
unsigned nmea_checksum(std::string_view payload);
/// `$WIMWV,…*21\r\n` from `WIMWV,…`.
std::string nmea_line(std::string_view payload);

/// One sentence without '$' and checksum, and what it says in the contract's words (a JSON object).
struct NmeaSentence {
  std::string payload;
  std::string contract_values;
};

/// MWV: wind angle and speed in knots; `reference` R(elative to the mast) or T(rue). Void: status V, fields empty.
NmeaSentence nmea_mwv(const WeatherSample& weather, char reference, bool valid);
/// MDA: pressure twice (inHg and bar), air temperature, humidity, dew point; wind fields empty, as the 110WX without
/// compass writes them.
NmeaSentence nmea_mda(const WeatherSample& weather);
/// XDR of the 110WX: wind chill and heat index empty, station pressure in bar.
NmeaSentence nmea_xdr(const WeatherSample& weather);

}  // namespace wayside::sim
