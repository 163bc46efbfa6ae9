#pragma once

#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// The hub of Oregon Scientific LW301 and LW302; one POST per sensor.
DecodedUpload decode_oregon(const UploadForm& form);

}  // namespace wayside::edge
