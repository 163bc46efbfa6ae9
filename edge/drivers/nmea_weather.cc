// $WIMWV,270.5,R,0.2,N,A*21      angle, R(elative) or T(heoretical), speed, unit N knots K km/h M m/s S mph, A valid V void
//                                Both angles count from the instrument's zero mark, T merely without the mast's movement.
// $WIMWD,215.0,T,213.0,M,10.3,N,5.3,M*hh      direction true °, magnetic °, speed knots, m/s
// $WIMDA,29.5654,I,1.0012,B,20.7,C,,,54.2,,11.1,C,,,,,,,,*7F
//        inHg, bar, air °C, water °C, humidity %, absolute humidity, dew point °C, wind true °, magnetic °, knots, m/s
//        The pressure stands there twice. The Airmar 110WX computes the inches from the bar, with the rough factor 29.53
//        (1.0012 * 29.53 = 29.5654, 1.0113 * 29.53 = 29.8637): the bar is the measured one and is preferred.
// $YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P,1.0012,B,STNP*49      quads of type, value, unit, name
//        Names differ by maker: none at all (LCJ CV7: air temperature), 0 (Vaisala WXT: the first transducer of its type; its
//        C,…,2 is the heating), TEMP DEWP RH PRESS SOLAR (Gill MaxiMet), STNP BARO (Airmar). Others are left out: wind chill
//        and heat index are computed, voltages are no weather, and Gill's PRECIP does not say whether it is rate or total.
// $WIMTA,20.7,C  $WIMMB,29.5654,I,1.0012,B  $WIMHU,54.2,,11.1,C      air temperature, barometer, humidity and dew point
//   Pressures are the station's.
#include "edge/drivers/nmea_weather.h"

#include <cmath>

namespace wayside::edge {
namespace {

using Source = WindSample::Source;
using Decoded = std::variant<NmeaValues, LineReason>;

constexpr double kSpeedMaxM_s = 200;

/// A number that may be absent. `bad` is set when the text is neither.
std::optional<double> number(std::string_view text, bool& bad) {
  if (means_absent(text)) return std::nullopt;
  const auto value = parse_number(text);
  if (!value) bad = true;
  return value;
}

std::optional<WeatherFields::Conversion> speed_unit(std::string_view unit) {
  if (unit == "N") return m_s_from_knots;
  if (unit == "K") return m_s_from_km_h;
  if (unit == "S") return m_s_from_mph;
  if (unit == "M") return [](double m_s) { return m_s; };
  return std::nullopt;
}

double turned(double angle, double offset) {
  const double sum = std::fmod(angle + offset, 360);
  return sum < 0 ? sum + 360 : sum;
}

/// The values, or why a sentence that had some gives none.
Decoded checked(NmeaValues values) {
  const auto& dropped = values.fields.dropped();
  if (!values.wind && !values.fields.has_measurement() && !dropped.empty()) {
    return dropped.front().fault == ValueFault::kNotANumber ? LineReason::kNotANumber : LineReason::kOutOfRange;
  }
  return values;
}

Decoded with_wind(NmeaValues values, const WindSample& wind) {
  if (wind.speed_m_s < 0 || wind.speed_m_s > kSpeedMaxM_s) return LineReason::kOutOfRange;
  if (wind.from_deg && (*wind.from_deg < 0 || *wind.from_deg > 360)) return LineReason::kOutOfRange;
  values.wind = wind;
  return values;
}

Decoded decode_mwv(const NmeaSentence& sentence, const NmeaMount& mount) {
  if (sentence.field(4) != "A") return LineReason::kVoidStatus;
  bool bad = false;
  auto angle = number(sentence.field(0), bad);
  const auto speed = number(sentence.field(2), bad);
  if (bad) return LineReason::kNotANumber;
  if (!speed) return NmeaValues{};
  const auto unit = speed_unit(sentence.field(3));
  const std::string_view reference = sentence.field(1);
  if (!unit || (reference != "R" && reference != "T")) return LineReason::kUnknownUnit;
  if (angle && (*angle < 0 || *angle > 360)) return LineReason::kOutOfRange;
  WindSample wind{Source::kMwv, (*unit)(*speed), angle};
  if (mount.fixed_mast) {
    if (angle) wind.from_deg = turned(*angle, mount.north_offset_deg);
  } else if (reference == "R") {
    wind.source = Source::kRelative;
  } else {
    wind.from_deg.reset();  // counts from the bow, whose heading we do not know
  }
  return with_wind({}, wind);
}

Decoded decode_mwd(const NmeaSentence& sentence) {
  bool bad = false;
  const auto direction = number(sentence.field(0), bad);
  const auto knots = number(sentence.field(4), bad);
  const auto m_s = number(sentence.field(6), bad);
  if (bad) return LineReason::kNotANumber;
  if (!knots && !m_s) return NmeaValues{};
  return with_wind({}, {Source::kMwd, knots ? m_s_from_knots(*knots) : *m_s, direction});
}

/// Bar when it is there, else inches of mercury.
void read_pressure(std::string_view inches, std::string_view bar, WeatherFields& fields) {
  if (!means_absent(bar)) {
    fields.read_number("surface_air_pressure_hPa", bar, hpa_from_bar);
  } else {
    fields.read_number("surface_air_pressure_hPa", inches, hpa_from_inch_hg);
  }
}

Decoded decode_mda(const NmeaSentence& sentence) {
  NmeaValues values;
  read_pressure(sentence.field(0), sentence.field(2), values.fields);
  values.fields.read_number("air_temperature_C", sentence.field(4));
  values.fields.read_number("relative_humidity_pct", sentence.field(8));
  values.fields.read_number("dew_point_temperature_C", sentence.field(10));
  bool bad = false;
  const auto direction = number(sentence.field(12), bad);
  const auto knots = number(sentence.field(16), bad);
  const auto m_s = number(sentence.field(18), bad);
  if (bad) return LineReason::kNotANumber;
  if (!knots && !m_s) return checked(std::move(values));
  return with_wind(std::move(values), {Source::kMda, knots ? m_s_from_knots(*knots) : *m_s, direction});
}

struct Transducer {
  std::string_view type;
  std::string_view name;
  std::string_view field;
};
constexpr Transducer kTransducers[] = {
    {"C", "", "air_temperature_C"},
    {"C", "0", "air_temperature_C"},
    {"C", "TEMP", "air_temperature_C"},
    {"C", "AIRTEMP", "air_temperature_C"},
    {"C", "DEWP", "dew_point_temperature_C"},
    {"H", "", "relative_humidity_pct"},
    {"H", "0", "relative_humidity_pct"},
    {"H", "RH", "relative_humidity_pct"},
    {"P", "", "surface_air_pressure_hPa"},
    {"P", "0", "surface_air_pressure_hPa"},
    {"P", "STNP", "surface_air_pressure_hPa"},
    {"P", "BARO", "surface_air_pressure_hPa"},
    {"P", "PRESS", "surface_air_pressure_hPa"},
    {"G", "SOLAR", "solar_irradiance_W_m2"},
};

/// How the unit letter of a transducer becomes the contract's; nothing for a letter its type may not have.
std::optional<WeatherFields::Conversion> transducer_unit(std::string_view type, std::string_view unit) {
  constexpr WeatherFields::Conversion kSame = nullptr;
  if (type == "C" && unit == "C") return kSame;
  if (type == "C" && unit == "F") return celsius_from_fahrenheit;
  if (type == "H" && unit == "P") return kSame;
  if (type == "P" && unit == "B") return hpa_from_bar;
  if (type == "P" && unit == "P") return hpa_from_pascal;
  if (type == "P" && unit == "H") return kSame;  // Vaisala: hPa
  if (type == "G" && (unit.empty() || unit == "W")) return kSame;
  return std::nullopt;
}

Decoded decode_xdr(const NmeaSentence& sentence) {
  NmeaValues values;
  bool unit_unknown = false;
  for (std::size_t at = 0; at + 3 < sentence.fields.size(); at += 4) {
    const std::string_view type = sentence.field(at);
    const std::string_view name = sentence.field(at + 3);
    for (const Transducer& transducer : kTransducers) {
      if (transducer.type != type || transducer.name != name || means_absent(sentence.field(at + 1))) continue;
      const auto convert = transducer_unit(type, sentence.field(at + 2));
      if (convert) {
        values.fields.read_number(transducer.field, sentence.field(at + 1), *convert);
      } else {
        unit_unknown = true;
      }
    }
  }
  if (unit_unknown && !values.fields.has_measurement()) return LineReason::kUnknownUnit;
  return checked(std::move(values));
}

}  // namespace

std::variant<NmeaValues, LineReason> decode_nmea_weather(const NmeaSentence& sentence, const NmeaMount& mount) {
  if (sentence.type == "MWV") return decode_mwv(sentence, mount);
  if (sentence.type == "MWD") return decode_mwd(sentence);
  if (sentence.type == "MDA") return decode_mda(sentence);
  if (sentence.type == "XDR") return decode_xdr(sentence);
  NmeaValues values;
  if (sentence.type == "MTA") values.fields.read_number("air_temperature_C", sentence.field(0));
  if (sentence.type == "MMB") read_pressure(sentence.field(0), sentence.field(2), values.fields);
  if (sentence.type == "MHU") {
    values.fields.read_number("relative_humidity_pct", sentence.field(0));
    values.fields.read_number("dew_point_temperature_C", sentence.field(2));
  }
  return checked(std::move(values));
}

}  // namespace wayside::edge
