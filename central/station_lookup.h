#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "central/ids.h"
#include "common/base/sqlite.h"
#include "common/http/server.h"

namespace wayside::central {

/// 404 for a station id that nothing is known of.
HttpResponse no_such_station(std::string_view station_id);
/// The station's row, or the answer to give instead. Any connection.
std::variant<StationPk, HttpResponse> find_station(SqlDatabase& database, const std::string& station_id);

}  // namespace wayside::central
