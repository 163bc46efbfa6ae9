#pragma once

#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// Weather Underground's upload and its relatives that use the same path: the imperial original, the metric dialect of
/// HP1001 and ObserverIP, and the Acurite bridge since 2016.
DecodedUpload decode_wunderground(const UploadForm& form);

}  // namespace wayside::edge
