#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace wayside::edge {

/// Before this moment (2015-12-15) no GBFS feed existed: a smaller last_reported means "never reported".
inline constexpr std::int64_t kGbfsFirstSecond = 1'450'155'600;

/// Where the feeds of a system are: gbfs.json of GBFS 1.x, 2.x (by language) or 3.0.
struct GbfsFeeds {
  std::string version;
  std::map<std::string, std::string> urls;  ///< feed name to URL
};
/// `language` empty: the first one named.
Result<GbfsFeeds> parse_gbfs_feeds(std::string_view json, const std::string& language);

struct GbfsStation {
  std::string station_id;  ///< as the feed names it
  std::string info;        ///< JSON object of the contract's station information, without station_id and streams
};
struct GbfsInformation {
  std::uint32_t ttl_s = 0;
  std::vector<GbfsStation> stations;
};
Result<GbfsInformation> parse_gbfs_information(std::string_view json, const std::string& language);

/// One station's object of station_status, in the contract's fields.
struct GbfsStatus {
  std::string station_id;
  std::optional<UtcTime> last_reported;  ///< nothing: never reported
  std::string values;                    ///< JSON object: booleans as booleans, 3.0 names as 2.3 names, nulls left out
  std::vector<std::string> left_out;     ///< known fields whose value does not fit the contract
  std::uint64_t fingerprint = 0;         ///< of the whole object as sent: differs when any field differs
};
struct GbfsStatusFeed {
  std::uint32_t ttl_s = 0;
  std::vector<GbfsStatus> stations;
  std::vector<std::string>
      refused;  ///< objects without station_id, with an unreadable last_reported or nested too deep, as JSON
};
Result<GbfsStatusFeed> parse_gbfs_status(std::string_view json);

}  // namespace wayside::edge
