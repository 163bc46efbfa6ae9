#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/time.h"
#include "edge/drivers/weather_upload.h"

namespace wayside::edge {

/// What every record of rail hardware says: which station, by its hardware's name, and when.
struct RailRecord {
  std::string station_key;
  std::optional<UtcTime> device_time;
  bool device_time_unreadable = false;
  std::string line;  ///< as sent; empty: none
};

/// A train at one side of a station, before it is known which station that is.
struct ArrivalRecord : RailRecord {
  std::string train;
  std::string direction;
  std::string status;            ///< in_service, out_of_service, broken_down; empty: none of them
  std::string prev_station_key;  ///< empty: its run begins here
  std::string prev_direction;
  std::vector<std::string> left_out;  ///< fields that were there and could not be used
};

/// One person through a turnstile.
struct PersonRecord : RailRecord {
  std::string station_name;  ///< as sent, for who has to write the settings
};

std::variant<ArrivalRecord, FrameRefusal> decode_arrival(const nlohmann::json& value);
std::variant<PersonRecord, FrameRefusal> decode_person(const nlohmann::json& value);

}  // namespace wayside::edge
