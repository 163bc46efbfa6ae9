#include "central/counter_rule.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "central/field_picker.h"
#include "central/json_fields.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kPresentMsMax = 3'600'000;
constexpr std::string_view kCounterId = "\"counter_id\"";

/// How much a counter can grow: at once, and in each second.
struct CounterLimit {
  std::string_view quoted_name;
  double at_once;
  double per_s;
};
constexpr std::array<CounterLimit, 4> kLimits{{{"\"entries_total\"", 1000, 50},
                                               {"\"exits_total\"", 1000, 50},
                                               {"\"pulses_total\"", 1000, 50},
                                               {"\"precipitation_total_mm\"", 20, 0.6}}};  // the record is 31 mm in a minute

template <class Field>
const Field* find(const std::vector<Field>& fields, std::string_view quoted_name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == quoted_name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Refusal> judge_counters(const Reading& reading, const StreamState& present) {
  if (reading.stream != Stream::kTurnstile && reading.stream != Stream::kWeather) return std::nullopt;
  if (reading.clock == ClockQuality::kUnknown || present.fields.empty()) return std::nullopt;
  std::vector<JsonField> fields;
  split_object(reading.values, fields);
  const JsonField* id = find(fields, kCounterId);
  const StateField* known_id = find(present.fields, kCounterId);
  if ((id == nullptr) != (known_id == nullptr) || (id != nullptr && id->value != known_id->value)) return std::nullopt;
  for (const CounterLimit& limit : kLimits) {
    const JsonField* field = find(fields, limit.quoted_name);
    const StateField* known = find(present.fields, limit.quoted_name);
    if (field == nullptr || known == nullptr) continue;
    const auto total = number_of(field->value);
    const auto before = number_of(known->value);
    const std::int64_t later_ms = reading.observed_at.ms - known->observed_at.ms;
    if (!total || !before || std::abs(later_ms) > kPresentMsMax) continue;
    const bool back = later_ms > 0 ? *total < *before : later_ms < 0 && *total > *before;
    const double seconds = static_cast<double>(std::abs(later_ms)) / 1000;
    const bool jump = std::abs(*total - *before) > limit.at_once + limit.per_s * seconds;
    if (!back && !jump) continue;
    const std::string name(limit.quoted_name.substr(1, limit.quoted_name.size() - 2));
    return Refusal{Reason::kCounterJump, name + " is " + std::string(field->value) + ", at " +
                                             format_rfc3339(known->observed_at) + " it was " + known->value +
                                             " under the same counter_id"};
  }
  return std::nullopt;
}

}  // namespace wayside::central
