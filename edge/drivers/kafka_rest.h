#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/drivers/rail_record.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// What hardware has pushed: one upload, or one record of a Kafka REST request.
using PushedUpload = std::variant<WeatherUpload, ArrivalRecord, PersonRecord, FrameRefusal>;

/// What the records of a topic are about, by the words of its name: `…arrivals…`, `…turnstile…`, anything else weather.
enum class RecordKind : std::uint8_t { kWeather, kArrival, kPerson };
RecordKind record_kind(std::string_view topic);

/// What Kafka allows as the name of a topic.
bool valid_kafka_topic(std::string_view name);

/// The records of a Kafka REST proxy v2 request (`POST /topics/<name>`), each by itself good or refused; or why the whole
/// request is none. For weather `topic` becomes the device key `topics/<name>`.
using KafkaRestRecords = std::variant<std::vector<PushedUpload>, FrameRefusal>;
KafkaRestRecords decode_kafka_rest(std::string_view topic, std::string_view content_type, std::string_view body,
                                   std::size_t records_max);

}  // namespace wayside::edge
