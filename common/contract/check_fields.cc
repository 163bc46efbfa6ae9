// The checks of messages that are not readings, by their tables: readings have a faster way (reading.cc).
#include <nlohmann/json.hpp>

#include <cmath>

#include "common/contract/message_fields.h"

namespace wayside {
namespace {

using nlohmann::json;

/// "drivers[].state must be a text", or nothing.
using Verdict = std::optional<Refusal>;

Verdict refuse(Reason reason, const MessageField& field, std::string_view why) {
  return Refusal{reason, std::string(field.path).append(" ").append(why)};
}

Verdict check_text(const json& value, const MessageField& field) {
  if (!value.is_string()) return refuse(Reason::kBadType, field, "must be a text");
  const auto& text = value.get_ref<const std::string&>();
  if (field.type == FieldType::kTime) {
    return parse_rfc3339(text) ? Verdict() : refuse(Reason::kBadTime, field, "is not a time like 2026-11-20T08:11:33.120Z");
  }
  const auto size = static_cast<double>(count_characters(text));
  if (size < field.min || size > field.max) return refuse(Reason::kOutOfRange, field, "has a bad length");
  if (field.choices.empty() || std::find(field.choices.begin(), field.choices.end(), text) != field.choices.end()) return {};
  return refuse(Reason::kOutOfRange, field, "is none of the known words");
}

Verdict check_number(const json& value, const MessageField& field) {
  if (!value.is_number()) return refuse(Reason::kBadType, field, "must be a number");
  const double number = value.get<double>();
  if (field.type == FieldType::kInteger && number != std::floor(number)) {
    return refuse(Reason::kBadType, field, "must be a whole number");
  }
  if (number < field.min || number > field.max) return refuse(Reason::kOutOfRange, field, "is out of range");
  return {};
}

Verdict check_ranges(const json& value, const MessageField& field) {
  const auto is_seq = [](const json& number) {
    return number.is_number_unsigned() && number.get<std::uint64_t>() >= 1 && number.get<std::uint64_t>() <= kSeqMax;
  };
  if (!value.is_array()) return refuse(Reason::kBadType, field, "must be a list of ranges");
  for (const json& pair : value) {
    if (!pair.is_array() || pair.size() != 2 || !is_seq(pair[0]) || !is_seq(pair[1])) {
      return refuse(Reason::kBadType, field, "must be a list of pairs of whole numbers from 1");
    }
    if (pair[0].get<std::uint64_t>() > pair[1].get<std::uint64_t>()) {
      return refuse(Reason::kOutOfRange, field, "has a range whose first is above its last");
    }
  }
  return {};
}

Verdict check_value(const json& value, const MessageField& field) {
  if (field.need == Need::kNullable && value.is_null()) return {};
  switch (field.type) {
    case FieldType::kInteger:
    case FieldType::kNumber: return check_number(value, field);
    case FieldType::kText:
    case FieldType::kTime: return check_text(value, field);
    case FieldType::kRanges: return check_ranges(value, field);
    case FieldType::kBoolean: return value.is_boolean() ? Verdict() : refuse(Reason::kBadType, field, "must be true or false");
    case FieldType::kObject: return value.is_object() ? Verdict() : refuse(Reason::kBadType, field, "must be an object");
  }
  return {};
}

/// Checks what `path` (the rest of the field's) names below `node`; an empty path names the node itself.
Verdict check_below(const json& node, std::string_view path, const MessageField& field) {
  if (path.empty()) return check_value(node, field);
  if (path.starts_with("[]")) {
    if (!node.is_array()) return refuse(Reason::kBadType, field, "must stand in a list");
    path.remove_prefix(path.starts_with("[].") ? 3 : 2);
    for (const json& item : node) {
      if (auto refusal = check_below(item, path, field)) return refusal;
    }
    return {};
  }
  if (!node.is_object()) return refuse(Reason::kBadType, field, "must stand in an object");
  const std::string_view name = path.substr(0, path.find_first_of(".["));
  path.remove_prefix(name.size());
  if (path.starts_with('.')) path.remove_prefix(1);
  if (name == "*") {
    for (const auto& member : node.items()) {
      if (auto refusal = check_below(member.value(), path, field)) return refusal;
    }
    return {};
  }
  const auto found = node.find(name);
  if (found != node.end()) return check_below(*found, path, field);
  if (path.empty() && field.need == Need::kRequired) return refuse(Reason::kMissingField, field, "is missing");
  return {};
}

}  // namespace

bool nested_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kNestingMax) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1U : 0U;
  return count;
}

std::optional<Refusal> check_fields(const json& object, std::span<const MessageField> fields) {
  for (const MessageField& field : fields) {
    if (auto refusal = check_below(object, field.path, field)) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> parse_message(std::string_view text, MessageKind kind, json& out) {
  if (text.size() > kMessageBytesMax) return Refusal{Reason::kTooLarge, "a message may have 262144 bytes"};
  if (nested_too_deep(text)) return Refusal{Reason::kBadJson, "nested deeper than 32 levels"};
  out = json::parse(text, nullptr, false);
  if (out.is_discarded()) return Refusal{Reason::kBadJson, "not JSON"};
  if (!out.is_object()) return Refusal{Reason::kBadType, "must be an object"};
  return check_fields(out, message_fields(kind));
}

}  // namespace wayside
