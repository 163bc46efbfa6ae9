#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/time.h"
#include "common/contract/streams.h"

namespace wayside::edge {

/// Why a program's line is no reading.
enum class ExecReason : std::uint8_t {
  kTooLong,         ///< over `line_bytes_max`
  kBadJson,         ///< no JSON object
  kBadType,         ///< a field of another JSON type
  kUnknownStation,  ///< in no [[source.station]], or left out where there are several
  kUnknownStream,   ///< none of the contract's, or not one of this station, or left out where it has several
  kBadTime,         ///< observed_at is no RFC 3339 time
  kNoValues,        ///< `values` is missing
};
std::string_view to_text(ExecReason reason);

/// A line as it stands there; what is left out is for the driver to fill in.
struct ExecReading {
  std::string station_id;
  std::optional<Stream> stream;
  std::optional<UtcTime> observed_at;
  std::string values;  ///< JSON object
};

std::variant<ExecReading, ExecReason> decode_exec_line(std::string_view line);

}  // namespace wayside::edge
