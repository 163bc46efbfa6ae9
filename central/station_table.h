#pragma once

#include <string>

#include "central/answer_format.h"
#include "central/station_query.h"

namespace wayside::central {

/// A page of stations as text. JSON: `{"generated_at":…,"stations":[rows],"next_cursor":…}`; NDJSON: a row a line; CSV: a row
/// a line with the columns of the README, those of a stream's values named `stream.field`.
std::string stations_text(const StationPage& page, ListFormat format, UtcTime now);
/// RFC 7946: a FeatureCollection of the stations that have a position.
std::string stations_geojson(const StationPage& page, UtcTime now);

}  // namespace wayside::central
