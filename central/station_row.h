#pragma once

#include <string>

#include "central/board.h"

namespace wayside::central {

/// Appends a station as API and event stream show it (README, "Row").
void append_row(std::string& out, const BoardStation& station, UtcTime now);
/// The same without the closing brace, for an answer that says more.
void append_row_open(std::string& out, const BoardStation& station, UtcTime now);

}  // namespace wayside::central
