#pragma once

#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Ecowitt's "customized upload" (POST form) and Ambient's dialect of it (GET): the device is its PASSKEY.
DecodedUpload decode_ecowitt(const UploadForm& form);

}  // namespace wayside::edge
