#pragma once

#include <string_view>

#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Sensor.Community (airRohr): `body` is the JSON, `x_sensor` the header X-Sensor (or empty), `authorization` the header
/// Authorization, whose Basic password becomes the upload's.
DecodedUpload decode_sensor_community(std::string_view body, std::string_view x_sensor, std::string_view authorization);

}  // namespace wayside::edge
