#pragma once

#include <string>
#include <string_view>

#include "central/gold_row.h"

namespace wayside::central {

/// `"start":…,"num_bikes_available_mean":…,…`, the fields of an object that the caller opens and closes; arrivals with `route_id` and `direction_id` (null in a bucket without a
/// train). A figure that is not known is null.
void append_gold(std::string& out, Stream stream, const GoldRow& row);

/// The same as lines of CSV: `station_id,start,…` and the figures; what is not known is an empty cell.
void append_gold_csv_head(std::string& out, Stream stream);
void append_gold_csv(std::string& out, std::string_view station_id, Stream stream, const GoldRow& row);

}  // namespace wayside::central
