#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wayside::edge {

/// Unit conversions into the contract's units.
double celsius_from_fahrenheit(double fahrenheit);
double hpa_from_inch_hg(double inches);  ///< conventional inch of mercury, 3386.389 Pa
double hpa_from_pascal(double pascal);
double hpa_from_bar(double bar);
double m_s_from_mph(double mph);
double m_s_from_km_h(double km_h);
double m_s_from_knots(double knots);
double mm_from_inch(double inches);

/// A decimal number such as `045`, `-4.4`, `+1e3`; nothing for any other text, nan and inf included.
std::optional<double> parse_number(std::string_view text);
/// What devices send for "no value": nothing, -9999 (ObserverIP, lost sensor), `--`, `null`.
bool means_absent(std::string_view text);

/// Why a value was left out of a reading that goes on without it.
enum class ValueFault : std::uint8_t { kNotANumber, kOutOfRange };
std::string_view to_text(ValueFault fault);

struct DroppedValue {
  std::string_view field;
  ValueFault fault;
};

/// The values of one weather reading, checked against the contract's fields while they come in: a value outside the
/// contract's range is left out and remembered as dropped, so that one bad sensor does not cost the others.
class WeatherFields {
 public:
  using Conversion = double (*)(double);

  /// `field` must be a field of the contract's stream weather. A second value of a field replaces the first.
  void set_number(std::string_view field, double value);
  void set_flag(std::string_view field, bool value);
  /// Texts outside the contract's choices or length are dropped.
  void set_text(std::string_view field, std::string_view value);
  /// A number as the device wrote it; absent texts (means_absent) change nothing.
  void read_number(std::string_view field, std::string_view text, Conversion convert = nullptr);

  /// Takes over all values of `other`; its dropped ones are not counted again.
  void merge(const WeatherFields& other);

  std::optional<double> number(std::string_view field) const;
  /// True when something was measured: a counter id or a battery state alone is no weather.
  bool has_measurement() const;
  const std::vector<DroppedValue>& dropped() const { return dropped_; }
  /// JSON object; numbers rounded to 4 decimals, finer than any of the devices and free of 6.277777777777779.
  std::string json() const;

 private:
  using Value = std::variant<double, bool, std::string>;
  void put(std::string_view field, Value value);

  std::vector<std::pair<std::string_view, Value>> values_;
  std::vector<DroppedValue> dropped_;
};

}  // namespace wayside::edge
