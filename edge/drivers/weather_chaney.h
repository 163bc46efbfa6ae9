#pragma once

#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// The Acurite bridge with firmware from before July 2016 ("Chaney format").
DecodedUpload decode_chaney(const UploadForm& form);

}  // namespace wayside::edge
