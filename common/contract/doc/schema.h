#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/contract/message_fields.h"

namespace wayside {

/// The JSON Schema (draft 2020-12) of a message, from the tables that the code checks with.
nlohmann::ordered_json message_schema(MessageKind kind);
/// The same of the values of one stream.
nlohmann::ordered_json values_schema(Stream stream);

}  // namespace wayside
