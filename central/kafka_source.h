#pragma once

#include <memory>

#include "central/record_source.h"
#include "common/kafka/kafka_handle.h"

namespace wayside::central {

/// The real record source: librdkafka's consumer with explicit partitions and offsets, no group, no commits to Kafka.
/// `client_id` names the consumer in Kafka's logs. `with_headers`: batches have all headers of their records, for bronze.
Result<std::unique_ptr<RecordSource>> make_kafka_source(const KafkaSettings& settings, const std::string& client_id,
                                                        bool with_headers = false);

}  // namespace wayside::central
