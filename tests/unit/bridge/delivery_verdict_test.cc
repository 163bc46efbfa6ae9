// Proves which Kafka errors make a dead letter and which hold everything back: a wrong "refused" would give readings up
// because of somebody's mistake in Kafka's settings, a wrong "doubt" would let one record stop the line for ever.
#include "bridge/delivery_verdict.h"

#include <gtest/gtest.h>

namespace wayside::bridge {
namespace {

TEST(DeliveryVerdict, takes_success_and_a_repeated_sequence_as_delivered) {
  EXPECT_EQ(judge_delivery(RD_KAFKA_RESP_ERR_NO_ERROR), DeliveryVerdict::kDelivered);
  EXPECT_EQ(judge_delivery(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER), DeliveryVerdict::kDelivered);
}

TEST(DeliveryVerdict, refuses_only_for_errors_about_the_record) {
  for (const auto error : {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
                           RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_INVALID_RECORD}) {
    EXPECT_EQ(judge_delivery(error), DeliveryVerdict::kRefused) << rd_kafka_err2name(error);
  }
}

TEST(DeliveryVerdict, doubts_everything_else) {
  for (const auto error :
       {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
        RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE}) {
    EXPECT_EQ(judge_delivery(error), DeliveryVerdict::kDoubt) << rd_kafka_err2name(error);
  }
}

}  // namespace
}  // namespace wayside::bridge
