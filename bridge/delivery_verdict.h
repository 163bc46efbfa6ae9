#pragma once

#include <librdkafka/rdkafka.h>

namespace wayside::bridge {

/// What a produce call's or a delivery report's error means for the reading.
enum class DeliveryVerdict {
  kDelivered,  ///< Kafka has committed it
  kRefused,    ///< Kafka refuses this record and will refuse it again: a dead letter
  kDoubt,      ///< anything else: nothing is known for sure, so nothing may be acknowledged
};

/// Refused are only errors that speak about the record itself. Missing rights, a missing topic or a wrong clock of ours
/// are no fault of the reading: they are doubt, and the bridge holds everything and tries again until they are mended.
DeliveryVerdict judge_delivery(rd_kafka_resp_err_t error);

}  // namespace wayside::bridge
