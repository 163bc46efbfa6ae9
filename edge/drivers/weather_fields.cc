#include "edge/drivers/weather_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/base/result.h"
#include "common/contract/streams.h"

namespace wayside::edge {
namespace {

constexpr double kAbsentNumber = -9999;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

const ValueField& contract_field(std::string_view name) {
  const auto fields = value_fields(Stream::kWeather);
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const ValueField& f) { return f.name == name; });
  WAYSIDE_CHECK(found != fields.end());
  return *found;
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace

double celsius_from_fahrenheit(double fahrenheit) { return (fahrenheit - 32) * 5 / 9; }
double hpa_from_inch_hg(double inches) { return inches * 33.86389; }
double hpa_from_pascal(double pascal) { return pascal / 100; }
double hpa_from_bar(double bar) { return bar * 1000; }
double m_s_from_mph(double mph) { return mph * 0.44704; }
double m_s_from_km_h(double km_h) { return km_h / 3.6; }
double m_s_from_knots(double knots) { return knots * 1852 / 3600; }
double mm_from_inch(double inches) { return inches * 25.4; }

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool means_absent(std::string_view text) {
  text = trimmed(text);
  return text.empty() || text == "--" || text == "null" || parse_number(text) == kAbsentNumber;
}

std::string_view to_text(ValueFault fault) { return fault == ValueFault::kNotANumber ? "not_a_number" : "out_of_range"; }

void WeatherFields::set_number(std::string_view field, double value) {
  const ValueField& known = contract_field(field);
  if (!std::isfinite(value) || value < known.min || value > known.max) {
    dropped_.push_back({known.name, ValueFault::kOutOfRange});
    return;
  }
  put(known.name, rounded(value));
}

void WeatherFields::set_flag(std::string_view field, bool value) { put(contract_field(field).name, value); }

void WeatherFields::set_text(std::string_view field, std::string_view value) {
  const ValueField& known = contract_field(field);
  const auto size = static_cast<double>(value.size());
  const bool chosen =
      known.choices.empty() || std::find(known.choices.begin(), known.choices.end(), value) != known.choices.end();
  if (size < known.min || size > known.max || !chosen) {
    dropped_.push_back({known.name, ValueFault::kOutOfRange});
    return;
  }
  put(known.name, std::string(value));
}

void WeatherFields::read_number(std::string_view field, std::string_view text, Conversion convert) {
  if (means_absent(text)) return;
  const auto value = parse_number(text);
  if (!value) {
    dropped_.push_back({contract_field(field).name, ValueFault::kNotANumber});
    return;
  }
  set_number(field, convert == nullptr ? *value : convert(*value));
}

void WeatherFields::merge(const WeatherFields& other) {
  for (const auto& [name, value] : other.values_) put(name, value);
}

std::optional<double> WeatherFields::number(std::string_view field) const {
  for (const auto& [name, value] : values_) {
    if (name == field && std::holds_alternative<double>(value)) return std::get<double>(value);
  }
  return std::nullopt;
}

bool WeatherFields::has_measurement() const {
  return std::any_of(values_.begin(), values_.end(),
                     [](const auto& item) { return item.first != "counter_id" && item.first != "battery_low"; });
}

std::string WeatherFields::json() const {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : values_) {
    std::visit([&object, key = std::string(name)](const auto& v) { object[key] = v; }, value);
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void WeatherFields::put(std::string_view field, Value value) {
  for (auto& [name, old] : values_) {
    if (name == field) {
      old = std::move(value);
      return;
    }
  }
  values_.emplace_back(field, std::move(value));
}

}  // namespace wayside::edge
