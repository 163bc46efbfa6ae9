#pragma once

#include <string_view>
#include <vector>

#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// What Kafka allows as the name of a topic.
bool valid_kafka_topic(std::string_view name);

/// The records of a Kafka REST proxy v2 request (`POST /topics/<name>`), each by itself good or refused; or why the whole
/// request is none. `topic` becomes the device key `topics/<name>`.
using KafkaRestRecords = std::variant<std::vector<DecodedUpload>, FrameRefusal>;
KafkaRestRecords decode_kafka_rest(std::string_view topic, std::string_view content_type, std::string_view body,
                                   std::size_t records_max);

}  // namespace wayside::edge
