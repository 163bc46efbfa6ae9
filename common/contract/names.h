#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/contract/streams.h"

namespace wayside {

inline constexpr std::size_t kStationIdBytesMax = 64;
inline constexpr std::string_view kTopicRoot = "wayside/v1/";

/// 1 to 64 characters of `[A-Za-z0-9._:-]` and `%XX` escapes (DESIGN section 3).
bool valid_station_id(std::string_view id);
/// Percent-encodes every byte outside `[A-Za-z0-9._:-]`. The result may be too long: check with valid_station_id.
std::string encode_station_id(std::string_view raw);
/// 1 to 64 characters of `[A-Za-z0-9._-]`: it is MQTT user, client id and topic level.
bool valid_agent_name(std::string_view name);
/// 1 to 32 characters of `[A-Za-z0-9_-]`; Wayside's agents use 16 hex digits.
bool valid_epoch(std::string_view epoch);

struct ReadingTopic {
  std::string_view agent;
  std::string_view station_id;
  Stream stream;
};
struct InfoTopic {
  std::string_view agent;
  std::string_view station_id;
};
struct HealthTopic {
  std::string_view agent;
};

/// What a topic below `wayside/v1/` addresses; monostate when it is none of the contract. The views point into `topic`.
using TopicAddress = std::variant<std::monostate, ReadingTopic, InfoTopic, HealthTopic>;
TopicAddress parse_topic(std::string_view topic);

std::string reading_topic(std::string_view agent, std::string_view station_id, Stream stream);
std::string info_topic(std::string_view agent, std::string_view station_id);
std::string health_topic(std::string_view agent);
std::string receipts_topic(std::string_view agent);

}  // namespace wayside
