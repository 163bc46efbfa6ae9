#pragma once

#include <vector>

#include "central/board.h"
#include "central/day_tracks.h"
#include "common/http/server.h"

namespace wayside::central {

/// Writes the picture at a time of the past: a row for each of `stations` (their streams named, without values), as
/// StationRow. What a station is called and where it stands is what is known now. Takes some 20 ms for 2,000 stations, 0.8 s for
/// a day that was not asked for lately; holds no transaction for longer than some milliseconds. Any connection.
HttpResponse answer_picture(SqlDatabase& database, DayTracks& tracks, std::vector<BoardStation> stations, UtcTime at);

/// The stations without their present: what answer_picture needs.
BoardStation without_present(const BoardStation& station);

}  // namespace wayside::central
