// $WIMWV,270.5,R,0.2,N,A*21\r\n
// │└┬┘└┬┘└─────┬───────┘└┬┘
// │ │  │       │         └ two hex digits: XOR of the bytes between $ and *
// │ │  │       └ fields, an empty one is "not available"
// │ │  └ type, three letters
// │ └ talker, two letters (WI weather instrument, YX transducer); P begins a proprietary address such as $PAMTT
// └ preamble
//   NMEA 0183 allows 82 bytes; transducer sentences of weather instruments exceed that, so up to 200 are taken: the
//   checksum guards them.
#include "edge/drivers/nmea_sentence.h"

#include <algorithm>

namespace wayside::edge {
namespace {

constexpr std::size_t kLineBytesMax = 200;
constexpr std::size_t kAddressBytes = 5;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string_view to_text(LineReason reason) {
  switch (reason) {
    case LineReason::kTooLong: return "too_long";
    case LineReason::kNotNmea: return "not_nmea";
    case LineReason::kNoChecksum: return "no_checksum";
    case LineReason::kBadChecksum: return "bad_checksum";
    case LineReason::kVoidStatus: return "void_status";
    case LineReason::kNotANumber: return "not_a_number";
    case LineReason::kOutOfRange: return "out_of_range";
    case LineReason::kUnknownUnit: return "unknown_unit";
  }
  return "not_nmea";
}

std::variant<NmeaSentence, LineReason> parse_nmea(std::string_view line, bool checksum_required) {
  if (line.size() > kLineBytesMax) return LineReason::kTooLong;
  const bool printable = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (line.size() < 2 || line.front() != '$' || !printable) return LineReason::kNotNmea;
  std::string_view body = line.substr(1);
  const std::size_t star = body.rfind('*');
  if (star == std::string_view::npos) {
    if (checksum_required) return LineReason::kNoChecksum;
  } else {
    const std::string_view digits = body.substr(star + 1);
    if (digits.size() != 2) return LineReason::kBadChecksum;
    body = body.substr(0, star);
    int sum = 0;
    for (const char c : body) sum ^= static_cast<unsigned char>(c);
    if (hex_digit(digits[0]) * 16 + hex_digit(digits[1]) != sum) return LineReason::kBadChecksum;
  }
  std::vector<std::string_view> parts = split(body);
  const std::string_view address = parts.front();
  parts.erase(parts.begin());
  if (address.starts_with('P')) return NmeaSentence{{}, address, std::move(parts)};
  if (address.size() != kAddressBytes) return LineReason::kNotNmea;
  return NmeaSentence{address.substr(0, 2), address.substr(2), std::move(parts)};
}

}  // namespace wayside::edge
