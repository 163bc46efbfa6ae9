#include "common/contract/doc/schema.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace wayside {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDraft = "https://json-schema.org/draft/2020-12/schema";
constexpr const char* kTimePattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/// Whole numbers without a fraction, so that 9007199254740991 does not become 9.007e15.
Json number(double value) {
  return value == std::floor(value) && std::abs(value) < 1e16 ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

Json choices_of(std::span<const std::string_view> choices) {
  Json list = Json::array();
  for (const std::string_view choice : choices) list.push_back(choice);
  return list;
}

Json ranges_schema() {
  const Json seq = {{"type", "integer"}, {"minimum", 1}, {"maximum", kSeqMax}};
  return {{"type", "array"}, {"items", {{"type", "array"}, {"items", seq}, {"minItems", 2}, {"maxItems", 2}}}};
}

/// Only bounds of texts that come from the contract, not from the size of a message, are worth saying.
void add_text_bounds(Json& schema, double min, double max, std::span<const std::string_view> choices) {
  if (!choices.empty()) {
    schema["enum"] = choices_of(choices);
    return;
  }
  if (min > 0) schema["minLength"] = number(min);
  if (max < static_cast<double>(kMessageBytesMax)) schema["maxLength"] = number(max);
}

Json field_schema(const MessageField& field) {
  Json schema;
  schema["description"] =
      std::string(field.meaning) + (field.unit.size() > 1 || field.unit == "°" ? " [" + std::string(field.unit) + "]" : "");
  switch (field.type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
      schema["type"] = field.type == FieldType::kInteger ? "integer" : "number";
      schema["minimum"] = number(field.min);
      schema["maximum"] = number(field.max);
      break;
    case FieldType::kBoolean: schema["type"] = "boolean"; break;
    case FieldType::kObject: schema["type"] = "object"; break;
    case FieldType::kRanges: schema.update(ranges_schema()); break;
    case FieldType::kTime:
      schema["type"] = "string";
      schema["format"] = "date-time";
      schema["pattern"] = kTimePattern;
      break;
    case FieldType::kText:
      schema["type"] = "string";
      add_text_bounds(schema, field.min, field.max, field.choices);
      if (!field.pattern.empty()) schema["pattern"] = field.pattern;
  }
  if (field.need == Need::kNullable) schema["type"] = Json::array({schema["type"], "null"});
  return schema;
}

/// Puts a field's schema where its path says, making the lists and objects on the way.
void place(Json& object, std::string_view path, const MessageField& field) {
  object["type"] = "object";
  const std::size_t end = std::min(path.find('.'), path.size());
  std::string name(path.substr(0, end));
  const std::string_view rest = end == path.size() ? std::string_view() : path.substr(end + 1);
  const bool list = name.ends_with("[]");
  if (list) name.resize(name.size() - 2);
  Json* at = nullptr;
  if (name == "*") {
    // Members that may have any name: station ids in receipts have a pattern.
    if (!field.pattern.empty()) object["propertyNames"] = {{"pattern", field.pattern}, {"maxLength", kStationIdBytesMax}};
    at = &object["additionalProperties"];
  } else {
    if (field.need == Need::kRequired && rest.empty()) object["required"].push_back(name);
    at = &object["properties"][name];
  }
  if (list) {
    (*at)["type"] = "array";
    at = &(*at)["items"];
  }
  if (rest.empty()) {
    *at = field_schema(field);
  } else {
    place(*at, rest, field);
  }
}

Json file_schema(std::string_view name, std::string_view title) {
  return {{"$schema", kDraft}, {"$id", "urn:wayside:v1:" + std::string(name)}, {"title", title}};
}

/// Rules over several fields.
void add_rules(MessageKind kind, Json& schema) {
  if (kind == MessageKind::kReading) {
    schema["dependentRequired"] = {{"epoch", {"seq"}}, {"seq", {"epoch"}}};
    for (const Stream stream : kAllStreams) {
      const std::string name(to_text(stream));
      schema["$defs"][name] = values_schema(stream);
      schema["allOf"].push_back({{"if", {{"properties", {{"stream", {{"const", name}}}}}, {"required", {"stream"}}}},
                                 {"then", {{"properties", {{"values", {{"$ref", "#/$defs/" + name}}}}}}}});
    }
  }
  if (kind == MessageKind::kReceipt) schema["dependentRequired"] = {{"stations", {"epoch"}}, {"refused", {"epoch"}}};
}

}  // namespace

Json message_schema(MessageKind kind) {
  Json schema = file_schema(to_text(kind), "Wayside: " + std::string(to_text(kind)));
  for (const MessageField& field : message_fields(kind)) place(schema, field.path, field);
  add_rules(kind, schema);
  return schema;
}

Json values_schema(Stream stream) {
  Json schema = {{"type", "object"}};
  for (const ValueField& field : value_fields(stream)) {
    const auto type = field.type == ValueType::kInteger   ? FieldType::kInteger
                      : field.type == ValueType::kNumber  ? FieldType::kNumber
                      : field.type == ValueType::kBoolean ? FieldType::kBoolean
                                                          : FieldType::kText;
    place(schema, field.name,
          {field.name, type, Need::kOptional, field.min, field.max, field.unit, field.meaning, field.choices, ""});
  }
  if (stream == Stream::kLoss) {
    schema["properties"]["epoch"]["pattern"] = "^[A-Za-z0-9_-]+$";
    schema["properties"]["ranges"] = ranges_schema();
    // Empty values are a sign of life.
    schema["if"] = {{"minProperties", 1}};
    schema["then"] = {{"required", {"epoch", "ranges", "reason", "last_seq"}}};
  }
  return schema;
}

}  // namespace wayside
