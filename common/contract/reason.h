#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wayside {

/// Why an item was refused: the closed list of the contract. The bridge refuses what needs no history, central what does.
enum class Reason : std::uint8_t {
  kBadTopic,       ///< not a topic of the contract
  kBadJson,        ///< not JSON, or not UTF-8
  kBadType,        ///< a field has another JSON type than the contract says
  kMissingField,   ///< a required field is not there
  kOutOfRange,     ///< a number or text outside its bounds
  kBadTime,        ///< observed_at is no RFC 3339 time
  kTooLarge,       ///< reading over 16 KiB, message over 256 KiB, or more than Kafka takes
  kTopicMismatch,  ///< topic and payload disagree on station or stream
  kKafkaRefused,   ///< Kafka refused it for good
  kFutureTime,     ///< observed over 5 minutes ahead of the record's time
  kNotOwner,       ///< the station belongs to another agent
  kSeqReused,      ///< a known (station, epoch, seq) with other content
  kCounterJump,    ///< a cumulative counter went back or jumped beyond reason within one counter_id
};
inline constexpr std::size_t kReasonCount = 13;

/// `bad_topic` …: the text in dead letters, metrics and API.
std::string_view to_text(Reason reason);
std::optional<Reason> parse_reason(std::string_view text);

}  // namespace wayside
