#pragma once

#include <string>
#include <string_view>

#include "firmware-sim/wire_fields.h"

namespace wayside::sim {

/// The JSON body of an airRohr's upload: every value as text.
std::string airrohr_body(std::string_view esp8266_id, const WireFields& fields);

}  // namespace wayside::sim
