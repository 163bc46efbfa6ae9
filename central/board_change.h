#pragma once

#include <memory>
#include <string>
#include <vector>

#include "central/station_info.h"
#include "central/stream_state.h"

namespace wayside::central {

/// The whole new present of one station: what the fold hands to the board after a commit.
struct StationChange {
  std::string station_id;
  std::string agent;
  bool shown = true;  ///< false: it has been retired
  std::shared_ptr<const StationInfo> info;
  std::vector<StreamState> streams;
};

}  // namespace wayside::central
