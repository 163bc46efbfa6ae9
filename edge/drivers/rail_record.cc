// The values of Kafka REST records that rail hardware posts (the "Public Transit Status" course's producers):
//   POST /topics/org.chicago.cta.station.arrivals.v1
//     {"station_id":40830,"train_id":"BL003","direction":"a","line":"blue","train_status":"in_service",
//      "prev_station_id":40820,"prev_direction":"a"}          the last two null at the first station of a run
//   POST /topics/org.chicago.cta.turnstile.v1
//     {"station_id":40830,"station_name":"UIC-Halsted","line":"blue"}                             one record a person
// In Avro's JSON a field that may be null names its type: "prev_station_id":{"int":40820} (Avro 1.8, "JSON Encoding").
#include "edge/drivers/rail_record.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace wayside::edge {
namespace {

using nlohmann::json;

constexpr std::size_t kNameMax = 64;
constexpr std::size_t kDirectionMax = 8;
constexpr std::array<std::string_view, 3> kStatus{"in_service", "out_of_service", "broken_down"};

/// The value of a field; a union of Avro's JSON unwrapped; null when it is not there.
const json* find_value(const json& record, const char* name) {
  const auto found = record.find(name);
  if (found == record.end() || found->is_null()) return nullptr;
  if (!found->is_object()) return &*found;
  if (found->size() != 1) return nullptr;
  const auto only = found->begin();
  const bool type = only.key() == "int" || only.key() == "long" || only.key() == "string";
  return type && !only->is_null() ? &*only : nullptr;
}

/// A name or a whole number as text; empty when it is absent, neither, or over `bytes_max`.
std::string text_of(const json& record, const char* name, std::size_t bytes_max) {
  const json* value = find_value(record, name);
  if (value == nullptr) return {};
  std::string text;
  if (value->is_string()) text = value->get<std::string>();
  if (value->is_number_integer()) text = value->dump();
  return text.size() <= bytes_max ? text : std::string();
}

/// As text_of; what was there and could not be used is noted.
std::string optional_text(const json& value, const char* name, std::size_t bytes_max, std::vector<std::string>& left_out) {
  std::string text = text_of(value, name, bytes_max);
  const auto found = value.find(name);
  if (text.empty() && found != value.end() && !found->is_null()) left_out.emplace_back(name);
  return text;
}

FrameRefusal lacks(const char* name) {
  return {FrameReason::kBadRequest, std::string("a record needs ") + name + ", a whole number or a text"};
}

}  // namespace

std::variant<ArrivalRecord, FrameRefusal> decode_arrival(const json& value) {
  ArrivalRecord record;
  record.station_key = text_of(value, "station_id", kNameMax);
  if (record.station_key.empty()) return lacks("station_id");
  record.train = text_of(value, "train_id", kNameMax);
  if (record.train.empty()) return lacks("train_id");
  record.direction = text_of(value, "direction", kDirectionMax);
  if (record.direction.empty()) return lacks("direction");
  record.line = optional_text(value, "line", kNameMax, record.left_out);
  record.status = optional_text(value, "train_status", kNameMax, record.left_out);
  if (!record.status.empty() && std::find(kStatus.begin(), kStatus.end(), record.status) == kStatus.end()) {
    record.left_out.emplace_back("train_status");
    record.status.clear();
  }
  record.prev_station_key = optional_text(value, "prev_station_id", kNameMax, record.left_out);
  record.prev_direction = optional_text(value, "prev_direction", kDirectionMax, record.left_out);
  return record;
}

std::variant<PersonRecord, FrameRefusal> decode_person(const json& value) {
  PersonRecord record;
  record.station_key = text_of(value, "station_id", kNameMax);
  if (record.station_key.empty()) return lacks("station_id");
  record.station_name = text_of(value, "station_name", kNameMax);
  record.line = text_of(value, "line", kNameMax);
  return record;
}

}  // namespace wayside::edge
