#pragma once

#include <string>

#include "common/base/result.h"
#include "common/history/trip_file.h"

namespace wayside::sim {

/// The trip history at a path, an http:// or https:// address, or s3://bucket/key (account and store from the environment,
/// S3Account::from_environment; without credentials unsigned). Blocks until all of it is there.
Result<TripHistory> read_trips(const std::string& source);

}  // namespace wayside::sim
