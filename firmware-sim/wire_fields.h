#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/faults.h"

namespace wayside::sim {

/// One `name=value` of an upload and, where the contract knows it, what the value says there.
struct WireField {
  std::string name;
  std::string text;
  bool outdoors = false;      ///< from the outdoor sensor, which may be lost
  std::string contract_name;  ///< "air_temperature_C"; empty when the contract has no such field
  double contract_value = 0;  ///< of what is written in `text`, so after the device's rounding
};

/// Linear units: contract = (device - offset) * factor.
struct Unit {
  double factor = 1;
  double offset = 0;
  double to_contract(double device) const { return (device - offset) * factor; }
  double to_device(double contract) const { return contract / factor + offset; }
};
inline constexpr Unit kSame{};
inline constexpr Unit kFahrenheit{5.0 / 9.0, 32};
inline constexpr Unit kInchHg{33.863886, 0};  ///< hPa, mercury at 0 °C
inline constexpr Unit kMilesPerHour{0.44704, 0};
inline constexpr Unit kKilometresPerHour{1.0 / 3.6, 0};
inline constexpr Unit kKnots{1852.0 / 3600.0, 0};
inline constexpr Unit kInch{25.4, 0};
inline constexpr Unit kPascal{0.01, 0};

/// The fields of one upload in the order in which the device writes them.
class WireFields {
 public:
  void text(std::string name, std::string value);
  /// A measurement: `contract_value` in the contract's unit, written in the device's with so many decimals.
  void outdoor(std::string name, double contract_value, Unit unit, int decimals, std::string contract_name = "");
  void indoor(std::string name, double contract_value, Unit unit, int decimals, std::string contract_name = "");

  /// missing: one to three measurements are left out. sentinel: the outdoor sensor is lost, its fields say -9999.
  void apply(Faults& faults);

  /// One measurement loses its digits: `tempf=4#.!`.
  void damage(Random& random);

  /// `a=1&b=x%20y`, with `blank` ("+" or "%20") for blanks.
  std::string form(std::string_view blank) const;
  const std::vector<WireField>& fields() const { return fields_; }
  /// JSON object of what was written, in the contract's names and units.
  std::string contract_values() const;

 private:
  void measurement(std::string name, double contract_value, Unit unit, int decimals, std::string contract_name, bool outdoors);
  std::vector<WireField> fields_;
};

/// `12.30` for (12.3, 2); never `-0.00`.
std::string fixed(double value, int decimals);

}  // namespace wayside::sim
