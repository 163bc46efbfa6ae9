#pragma once

#include <string_view>

namespace wayside::central {

/// central/openapi.json, as it was when this was built.
std::string_view openapi_document();

}  // namespace wayside::central
