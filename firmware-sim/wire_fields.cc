#include "firmware-sim/wire_fields.h"

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace wayside::sim {
namespace {

constexpr const char* kSentinel = "-9999";

std::string escape(std::string_view text, std::string_view blank) {
  constexpr std::string_view kPlain = "-._~:";
  std::string escaped;
  for (const char c : text) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric || kPlain.find(c) != std::string_view::npos) {
      escaped += c;
    } else if (c == ' ') {
      escaped += blank;
    } else {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      escaped += hex;
    }
  }
  return escaped;
}

}  // namespace

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  const std::string_view written(text);
  const bool negative_zero = written.starts_with('-') && written.find_first_of("123456789") == std::string_view::npos;
  return std::string(negative_zero ? written.substr(1) : written);
}

void WireFields::text(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value), false, "", 0});
}

void WireFields::measurement(std::string name, double contract_value, Unit unit, int decimals, std::string contract_name,
                             bool outdoors) {
  std::string written = fixed(unit.to_device(contract_value), decimals);
  const double said = unit.to_contract(std::strtod(written.c_str(), nullptr));
  fields_.push_back({std::move(name), std::move(written), outdoors, std::move(contract_name), said});
}

void WireFields::outdoor(std::string name, double contract_value, Unit unit, int decimals, std::string contract_name) {
  measurement(std::move(name), contract_value, unit, decimals, std::move(contract_name), true);
}

void WireFields::indoor(std::string name, double contract_value, Unit unit, int decimals, std::string contract_name) {
  measurement(std::move(name), contract_value, unit, decimals, std::move(contract_name), false);
}

void WireFields::apply(Faults& faults) {
  if (faults.strikes(Fault::kSentinel)) {
    for (WireField& field : fields_) {
      if (!field.outdoors) continue;
      field.text = kSentinel;
      field.contract_name.clear();
    }
  }
  if (!faults.strikes(Fault::kMissing)) return;
  for (std::uint64_t count = 1 + faults.random().below(3); count > 0; --count) {
    std::vector<std::size_t> outdoors;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].outdoors) outdoors.push_back(i);
    }
    if (outdoors.size() < 2) return;
    const std::size_t lost = outdoors[faults.random().below(outdoors.size())];
    fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(lost));
  }
}

void WireFields::damage(Random& random) {
  std::vector<WireField*> measured;
  for (WireField& field : fields_) {
    if (field.outdoors) measured.push_back(&field);
  }
  if (measured.empty()) return;
  WireField& field = *measured[random.below(measured.size())];
  field.text = field.text.substr(0, 1) + "#!";
  field.contract_name.clear();
}

std::string WireFields::form(std::string_view blank) const {
  std::string form;
  for (const WireField& field : fields_) {
    if (!form.empty()) form += '&';
    form += field.name + "=" + escape(field.text, blank);
  }
  return form;
}

std::string WireFields::contract_values() const {
  nlohmann::ordered_json values = nlohmann::ordered_json::object();
  for (const WireField& field : fields_) {
    if (!field.contract_name.empty()) values[field.contract_name] = field.contract_value;
  }
  return values.dump();
}

}  // namespace wayside::sim
