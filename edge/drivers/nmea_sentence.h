#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace wayside::edge {

/// Why a serial line gave no values: the closed list of serial_lines.
enum class LineReason : std::uint8_t {
  kTooLong,     ///< over 200 bytes without an end of line
  kNotNmea,     ///< prose, noise, a wrong baud rate
  kNoChecksum,  ///< begins like a sentence, has no *HH
  kBadChecksum,
  kVoidStatus,   ///< the instrument itself says that its values are void (V)
  kNotANumber,   ///< a field that must be a number is none
  kOutOfRange,   ///< all values of the sentence lie outside the contract's ranges
  kUnknownUnit,  ///< a unit letter that the sentence may not have
};
inline constexpr std::size_t kLineReasonCount = 8;
std::string_view to_text(LineReason reason);

/// A sentence that has passed the frame checks; the views point into the line.
struct NmeaSentence {
  std::string_view talker;  ///< `WI`; empty for proprietary sentences
  std::string_view type;    ///< `MWV`; the whole address for proprietary ones
  std::vector<std::string_view> fields;

  /// Empty when the sentence has fewer fields.
  std::string_view field(std::size_t index) const { return index < fields.size() ? fields[index] : std::string_view(); }
};

/// Checks one line (without its end) in the order length, preamble, checksum. Without `checksum_required` a sentence
/// may have none, but a wrong one is still refused.
std::variant<NmeaSentence, LineReason> parse_nmea(std::string_view line, bool checksum_required);

}  // namespace wayside::edge
