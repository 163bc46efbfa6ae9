#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/gbfs_city.h"

namespace wayside::sim {

/// The three shapes of GBFS in the field: 1.1 (is_* as 1/0), 2.3 (booleans), 3.0 (RFC 3339 times, localized names).
/// Written from the documents at github.com/MobilityData/gbfs.
enum class GbfsVersion : std::uint8_t { k1_1, k2_3, k3_0 };
std::string_view to_text(GbfsVersion version);
std::optional<GbfsVersion> parse_gbfs_version(std::string_view text);

/// What stands at the top of every file.
struct GbfsHead {
  GbfsVersion version = GbfsVersion::k2_3;
  std::int64_t last_updated_s = 0;
  int ttl_s = 0;
  /// Added to every time written: minus the start for a feed whose clock began at 1970.
  std::int64_t clock_offset_s = 0;
};

std::string system_information(const GbfsHead& head);
std::string station_information(const GbfsHead& head, const std::vector<BikeStation>& stations);
std::string station_status(const GbfsHead& head, const std::vector<BikeStation>& stations);

/// gbfs.json that names `names` below `base_url`. `version` as in GbfsFeed: its major number decides the shape.
std::string gbfs_index(std::string_view version, std::int64_t last_updated_s, int ttl_s, const std::string& base_url,
                       const std::vector<std::string>& names);

}  // namespace wayside::sim
