#pragma once

#include <string>

#include "central/gold_row.h"

namespace wayside::central {

/// `{"start":…,"num_bikes_available_mean":…,…}`; arrivals with `route_id` and `direction_id` (null in a bucket without a
/// train). A figure that is not known is null.
void append_gold(std::string& out, Stream stream, const GoldRow& row);

}  // namespace wayside::central
