#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "edge/drivers/weather_fields.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

inline constexpr std::size_t kDavisLoopBytes = 99;

enum class DavisReason : std::uint8_t {
  kBadLength,
  kNotLoop,  ///< does not begin with LOO, or lacks the line end before the checksum
  kBadChecksum,
  kUnsupported,  ///< LOOP2, whose layout differs
  kNoValues,     ///< everything is dashed
};
std::string_view to_text(DavisReason reason);

struct DavisLoop {
  WeatherFields fields;
  std::optional<RainTotal> rain;
};

/// `mm_per_click`: of the rain bucket, which the packet does not say (0.254 for 0.01 in, 0.2, 0.1).
std::variant<DavisLoop, DavisReason> decode_davis_loop(std::string_view packet, double mm_per_click);

/// CRC-CCITT as Davis uses it (XMODEM: start 0); over a packet with its checksum it is 0.
std::uint16_t davis_crc(std::string_view bytes);

}  // namespace wayside::edge
