#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edge/driver.h"

namespace wayside::edge {

/// Makes station information fit the contract as far as it goes: numbers that came as texts become numbers, and an optional
/// field that does not fit is taken out. A position that does not fit stays, so that the contract refuses it.
/// Returns the names of the fields that were taken out.
std::vector<std::string> fit_station_info(StationInfo& info);

}  // namespace wayside::edge
