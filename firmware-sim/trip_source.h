#pragma once

#include <string>

#include "common/base/result.h"
#include "firmware-sim/trip_file.h"

namespace wayside::sim {

/// The trip history at a path, an http:// or https:// address, or s3://bucket/key. S3 is read without credentials unless
/// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN, AWS_REGION) are in the environment; AWS_ENDPOINT_URL names another
/// store, whose buckets are then paths. Blocks until all of it is there.
Result<TripHistory> read_trips(const std::string& source);

/// The https address of an s3:// one. `endpoint`: AWS_ENDPOINT_URL, or empty.
Result<std::string> s3_address(const std::string& source, const std::string& endpoint, const std::string& region);

}  // namespace wayside::sim
