#include "central/stream_state.h"

#include <algorithm>
#include <charconv>

#include "central/json_fields.h"

namespace wayside::central {
namespace {

/// Sets one value unless a newer one is there.
bool merge_field(std::vector<StateField>& fields, const JsonField& field, UtcTime observed_at) {
  for (StateField& known : fields) {
    if (known.name != field.name) continue;
    if (observed_at < known.observed_at) return false;
    known.value = field.value;
    known.observed_at = observed_at;
    return true;
  }
  fields.push_back({std::string(field.name), std::string(field.value), observed_at});
  return true;
}

bool merge_parts(StreamState& state, const std::vector<JsonField>& parts, UtcTime observed_at, std::int64_t silent_after_ms) {
  const std::int64_t newest = std::max(state.observed_at.value_or(observed_at), observed_at).ms;
  bool changed = false;
  if (observed_at.ms >= newest - silent_after_ms) {
    for (const JsonField& part : parts) changed = merge_field(state.fields, part, observed_at) || changed;
  }
  const auto outdated = [&](const StateField& field) { return field.observed_at.ms < newest - silent_after_ms; };
  return std::erase_if(state.fields, outdated) > 0 || changed;
}

void replace_all(StreamState& state, const std::vector<JsonField>& parts, UtcTime observed_at) {
  state.fields.clear();
  for (const JsonField& part : parts) state.fields.push_back({std::string(part.name), std::string(part.value), observed_at});
}

}  // namespace

bool StreamState::apply(const Reading& reading, const Arrival& arrival, std::int64_t silent_after_ms) {
  const bool newest = !observed_at || reading.observed_at >= *observed_at;
  std::vector<JsonField> parts;
  split_object(reading.values, parts);
  bool changed = newest;
  if (stream == Stream::kWeather) {
    changed = merge_parts(*this, parts, reading.observed_at, silent_after_ms) || changed;
  } else if (newest && !parts.empty()) {
    replace_all(*this, parts, reading.observed_at);
  }
  if (newest) {
    observed_at = reading.observed_at;
    clock = reading.clock;
    received_at = arrival.received_at;
    stored_at = arrival.stored_at;
  }
  return changed;
}

void StreamState::mark_bad_clock(UtcTime received) {
  if (!bad_clock_at || *bad_clock_at < received) bad_clock_at = received;
}

std::string StreamState::values_json() const {
  std::string out = "{";
  for (const StateField& field : fields) {
    if (out.size() > 1) out += ',';
    out.append(field.name).append(":").append(field.value);
  }
  return out += '}';
}

std::string_view StreamState::value(std::string_view name) const {
  for (const StateField& field : fields) {
    if (field.name.size() == name.size() + 2 && std::string_view(field.name).substr(1, name.size()) == name) return field.value;
  }
  return {};
}

std::optional<std::int64_t> StreamState::integer(std::string_view name) const {
  const std::string_view text = value(name);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<bool> StreamState::flag(std::string_view name) const {
  const std::string_view text = value(name);
  return text == "true" || text == "false" ? std::optional(text == "true") : std::nullopt;
}

std::string encode_field_times(const StreamState& state) {
  std::string out;
  for (const StateField& field : state.fields) {
    if (!out.empty()) out += ',';
    out += std::to_string(field.observed_at.ms);
  }
  return out;
}

void decode_fields(StreamState& state, std::string_view object, std::string_view times) {
  std::vector<JsonField> fields;
  std::vector<std::string_view> at;
  split_object(object, fields);
  split_cells(times, at);
  state.fields.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    UtcTime time = state.observed_at.value_or(UtcTime{});
    if (i < at.size()) std::from_chars(at[i].data(), at[i].data() + at[i].size(), time.ms);
    state.fields.push_back({std::string(fields[i].name), std::string(fields[i].value), time});
  }
}

}  // namespace wayside::central
