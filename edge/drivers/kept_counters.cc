#include "edge/drivers/kept_counters.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

namespace wayside::edge {
namespace {

using nlohmann::json;

/// Random, not a date or a number: a station whose memory was lost must not go on under an id that it had before.
std::string new_counter_id() {
  std::random_device random;
  char text[17];
  std::snprintf(text, sizeof text, "%08x%08x", random(), random());
  return text;
}

}  // namespace

KeptCounters::Step KeptCounters::add(const std::string& station_id, const Counts& more, std::optional<UtcTime> at) {
  Life& life = life_of(station_id);
  for (const auto& [field, count] : more) life.totals[field] += count;
  if (at && life.at && *at <= *life.at) at = UtcTime{life.at->ms + 1};
  if (at) life.at = at;
  return step_of(station_id, life, at);
}

KeptCounters::Step KeptCounters::restart(const std::string& station_id, std::optional<UtcTime> at) {
  Life& life = life_of(station_id);
  life.counter_id = new_counter_id();
  for (auto& [field, total] : life.totals) total = 0;
  return add(station_id, {}, at);
}

KeptCounters::Life& KeptCounters::life_of(const std::string& station_id) {
  const auto found = lives_.find(station_id);
  if (found != lives_.end()) return found->second;
  const auto kept = host_.recall(memory_key(station_id));
  auto life = kept ? parse(*kept) : std::nullopt;
  return lives_.emplace(station_id, life ? std::move(*life) : Life{new_counter_id(), std::nullopt, {}}).first->second;
}

std::string KeptCounters::memory_key(const std::string& station_id) { return "count/" + station_id; }

std::optional<KeptCounters::Life> KeptCounters::parse(const std::string& text) {
  const json kept = json::parse(text, nullptr, false);
  if (!kept.is_object() || !kept.contains("values") || !kept["values"].is_object()) return std::nullopt;
  Life life;
  for (const auto& [field, value] : kept["values"].items()) {
    if (value.is_string()) {
      life.counter_id = value.get<std::string>();
    } else if (value.is_number_unsigned()) {
      life.totals[field] = value.get<std::uint64_t>();
    }
  }
  if (life.counter_id.empty()) return std::nullopt;
  if (const auto at = kept.find("at_ms"); at != kept.end() && at->is_number_integer())
    life.at = UtcTime{at->get<std::int64_t>()};
  return life;
}

KeptCounters::Step KeptCounters::step_of(const std::string& station_id, const Life& life, std::optional<UtcTime> at) {
  json values = json::object();
  for (const auto& [field, total] : life.totals) values[field] = total;
  values["counter_id"] = life.counter_id;
  json kept = {{"values", values}};
  if (life.at) kept["at_ms"] = life.at->ms;
  return {values.dump(), at, {memory_key(station_id), kept.dump()}};
}

}  // namespace wayside::edge
