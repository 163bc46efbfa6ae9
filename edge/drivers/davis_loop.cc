// The LOOP packet of a Davis Vantage Pro2 or Vue, 99 bytes, little-endian but for the checksum [Davis Serial Communication
// Reference 2.6.1, section X; weewx src/weewx/drivers/vantage.py]:
//
//    0 "LOO"          3 bar trend i8       4 packet type (0)   5 next record u16    7 barometer inHg*1000 u16
//    9 inside °F*10   11 inside RH u8     12 outside °F*10 i16                     14 wind mph u8
//   15 10-min average 16 direction 1..360 u16 (0: none)        18 extra sensors    33 outside RH u8
//   41 rain rate clicks/h u16             43 UV*10 u8          44 solar W/m² u16   46 storm rain, 48 its start
//   50 day rain, 52 month rain, 54 year rain, clicks u16       56 evaporation …    86 transmitters with low battery
//   87 console volts  89 forecast …       95 "\n\r"            97 CRC-CCITT over bytes 0 to 96, high byte first
//
// "Dashed", no value: 0x7FFF in temperatures, solar and direction, 0xFF in single bytes, 0xFFFF in rain, 0 in the barometer. The
// barometer is reduced to sea level. Indoor values are no weather.
#include "edge/drivers/davis_loop.h"

namespace wayside::edge {
namespace {

constexpr unsigned kDashedByte = 0xFF;
constexpr unsigned kDashedShort = 0x7FFF;
constexpr unsigned kDashedRain = 0xFFFF;

class Packet {
 public:
  explicit Packet(std::string_view bytes) : bytes_(bytes) {}
  unsigned u8(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }
  unsigned u16(std::size_t at) const { return u8(at) | u8(at + 1) << 8U; }
  int i16(std::size_t at) const { return static_cast<std::int16_t>(u16(at)); }

 private:
  std::string_view bytes_;
};

void read_wind(const Packet& packet, WeatherFields& fields) {
  if (packet.u8(14) == kDashedByte) return;
  fields.set_number("wind_speed_m_s", m_s_from_mph(packet.u8(14)));
  const unsigned direction = packet.u16(16);
  if (direction != 0 && direction != kDashedShort) fields.set_number("wind_from_direction_deg", direction);
}

}  // namespace

std::string_view to_text(DavisReason reason) {
  switch (reason) {
    case DavisReason::kBadLength: return "bad_length";
    case DavisReason::kNotLoop: return "not_loop";
    case DavisReason::kBadChecksum: return "bad_checksum";
    case DavisReason::kUnsupported: return "unsupported_frame";
    case DavisReason::kNoValues: return "no_values";
  }
  return "";
}

std::uint16_t davis_crc(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
  }
  return static_cast<std::uint16_t>(crc);
}

std::variant<DavisLoop, DavisReason> decode_davis_loop(std::string_view bytes, double mm_per_click) {
  if (bytes.size() != kDavisLoopBytes) return DavisReason::kBadLength;
  if (!bytes.starts_with("LOO") || bytes.substr(95, 2) != "\n\r") return DavisReason::kNotLoop;
  if (davis_crc(bytes) != 0) return DavisReason::kBadChecksum;
  const Packet packet(bytes);
  if (packet.u8(4) != 0) return DavisReason::kUnsupported;

  DavisLoop loop;
  WeatherFields& fields = loop.fields;
  if (packet.u16(7) != 0) fields.set_number("air_pressure_at_mean_sea_level_hPa", hpa_from_inch_hg(packet.u16(7) / 1000.0));
  if (packet.u16(12) != kDashedShort) fields.set_number("air_temperature_C", celsius_from_fahrenheit(packet.i16(12) / 10.0));
  if (packet.u8(33) != kDashedByte) fields.set_number("relative_humidity_pct", packet.u8(33));
  read_wind(packet, fields);
  if (packet.u16(41) != kDashedRain) fields.set_number("precipitation_rate_mm_h", packet.u16(41) * mm_per_click);
  if (packet.u8(43) != kDashedByte) fields.set_number("ultraviolet_index", packet.u8(43) / 10.0);
  if (packet.u16(44) != kDashedShort) fields.set_number("solar_irradiance_W_m2", packet.u16(44));
  if (packet.u16(54) != kDashedRain) loop.rain = RainTotal{"yearrain", packet.u16(54) * mm_per_click};
  if (!fields.has_measurement() && !loop.rain) return DavisReason::kNoValues;
  fields.set_flag("battery_low", packet.u8(86) != 0);
  return loop;
}

}  // namespace wayside::edge
