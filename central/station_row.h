#pragma once

#include <string>

#include "central/board.h"

namespace wayside::central {

/// Appends a station as API and event stream show it (README, "Row").
void append_row(std::string& out, const BoardStation& station, UtcTime now);
/// The same without the closing brace, for an answer that says more.
void append_row_open(std::string& out, const BoardStation& station, UtcTime now);
/// The row without its ages, which change by themselves: what topic `station-state` has.
std::string state_json(const BoardStation& station);

}  // namespace wayside::central
