#include "bridge/delivery_verdict.h"

namespace wayside::bridge {

DeliveryVerdict judge_delivery(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER:  // a retry whose first try had been written
      return DeliveryVerdict::kDelivered;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD: return DeliveryVerdict::kRefused;
    default: return DeliveryVerdict::kDoubt;
  }
}

}  // namespace wayside::bridge
