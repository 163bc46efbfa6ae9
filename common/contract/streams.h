#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wayside {

/// One kind of reading a station produces.
enum class Stream : std::uint8_t { kBikeStatus, kWeather, kArrival, kTurnstile, kLoss };
inline constexpr std::array kAllStreams{Stream::kBikeStatus, Stream::kWeather, Stream::kArrival, Stream::kTurnstile,
                                        Stream::kLoss};

/// The name in topics and payloads: `bike_status`, `weather`, `arrival`, `turnstile`, `loss`.
std::string_view to_text(Stream stream);
std::optional<Stream> parse_stream(std::string_view text);
/// The Kafka topic that carries the readings of a stream.
std::string_view kafka_topic(Stream stream);

/// The other Kafka topics of the contract.
inline constexpr std::string_view kTopicStationInformation = "station-information";
inline constexpr std::string_view kTopicAgentHealth = "agent-health";
inline constexpr std::string_view kTopicDeadLetter = "dead-letter";
inline constexpr std::string_view kTopicStationState = "station-state";

struct KafkaTopic {
  std::string_view name;
  bool compacted;
};
/// All topics that `wayside-bridge topics` creates.
std::span<const KafkaTopic> kafka_topics();

enum class ValueType : std::uint8_t { kInteger, kNumber, kBoolean, kText };

/// A known field of a reading's `values`: what the bridge checks. Fields that are not listed are kept and ignored.
struct ValueField {
  std::string_view name;
  ValueType type;
  double min;  ///< of numbers, inclusive; of texts the fewest characters
  double max;  ///< of numbers, inclusive; of texts the most characters
  std::string_view unit;
  std::string_view meaning;
  std::span<const std::string_view> choices;  ///< of texts; empty: any
};
std::span<const ValueField> value_fields(Stream stream);

}  // namespace wayside
