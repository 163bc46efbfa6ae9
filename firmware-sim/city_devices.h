#pragma once

#include <string>
#include <vector>

namespace wayside::sim {

/// A weather post or mast of the invented city, as it has to stand in the agent's settings.
struct CityDevice {
  std::string dialect;  ///< "nmea" for the serial mast
  std::string key;      ///< empty for the serial mast
  std::string station_id;
  std::string name;
  double lat = 0;
  double lon = 0;
};

/// One post per HTTP dialect (the Avro envelope aside, which shares the JSON one's key), then the mast.
std::vector<CityDevice> city_devices();

/// JSON: {"posts":[{"dialect","key","station_id","name","lat","lon","report_interval_s"}…],"mast":{…}}.
std::string city_devices_json(double weather_interval_s);

}  // namespace wayside::sim
