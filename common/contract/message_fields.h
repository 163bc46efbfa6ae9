#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/contract/reading.h"

namespace wayside {

/// The messages of the contract that are JSON objects.
enum class MessageKind : std::uint8_t { kReading, kStationInformation, kAgentHealth, kBridgeHealth, kReceipt, kDeadLetter };
inline constexpr std::array kAllMessageKinds{MessageKind::kReading,     MessageKind::kStationInformation,
                                             MessageKind::kAgentHealth, MessageKind::kBridgeHealth,
                                             MessageKind::kReceipt,     MessageKind::kDeadLetter};
/// `reading`, `station-information` …: the name of the schema file.
std::string_view to_text(MessageKind kind);

enum class FieldType : std::uint8_t {
  kInteger,
  kNumber,
  kBoolean,
  kText,
  kTime,    ///< RFC 3339
  kRanges,  ///< `[[first, last], …]` of sequence numbers
  kObject,
};

enum class Need : std::uint8_t { kOptional, kNullable, kRequired };

/// A known field of a message: the source of the checks, of the schema files and of FORMAT.md's tables. Fields that are
/// not listed are kept and ignored.
struct MessageField {
  std::string_view path;  ///< `outbox.bytes`; `drivers[].state`: of each item; `stations.*`: of each member
  FieldType type;
  Need need;   ///< of the member in its object, when that object is there
  double min;  ///< of numbers, inclusive; of texts the fewest characters
  double max;  ///< of numbers, inclusive; of texts the most characters
  std::string_view unit;
  std::string_view meaning;
  std::span<const std::string_view> choices;  ///< of texts; empty: any
  std::string_view pattern;                   ///< of texts, for the schema; the code has functions for these
};
std::span<const MessageField> message_fields(MessageKind kind);

/// Checks types, bounds and presence of the known fields of an object.
std::optional<Refusal> check_fields(const nlohmann::json& object, std::span<const MessageField> fields);

/// Parses a message from outside: JSON of at most kMessageBytesMax bytes and kNestingMax levels, an object, fields checked.
std::optional<Refusal> parse_message(std::string_view text, MessageKind kind, nlohmann::json& out);

/// True when brackets nest deeper than the contract allows (kNestingMax). Keeps recursive readers from running out of stack:
/// to be asked before a text from outside is parsed or what was parsed is printed.
bool nested_too_deep(std::string_view text);

/// Characters (code points) of a UTF-8 text.
std::size_t count_characters(std::string_view text);

}  // namespace wayside
