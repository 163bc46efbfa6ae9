#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/contract/streams.h"

namespace wayside::central {

/// What central needs of a station information message; the rest stays in `json`.
struct StationInfo {
  std::string json;  ///< as published, unknown fields included
  std::string kind;
  std::string name;
  std::string address;
  std::vector<std::string> lines;
  std::optional<double> lat;
  std::optional<double> lon;
  std::optional<std::int64_t> capacity;
  std::array<bool, kAllStreams.size()> announced{};            ///< named under `streams`
  std::array<double, kAllStreams.size()> report_interval_s{};  ///< 0: not said
};

/// The bridge has checked the message; what is unreadable all the same is an error.
Result<StationInfo> parse_station_info(std::string_view json);

}  // namespace wayside::central
