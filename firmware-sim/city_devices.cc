#include "firmware-sim/city_devices.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "firmware-sim/city_plan.h"
#include "firmware-sim/dialects/dialect.h"

namespace wayside::sim {
namespace {

constexpr const char* kAvroTwin = "kafka-rest-avro";

struct Site {
  const char* name;
  double north_deg;
  double east_deg;
};
constexpr std::array<Site, 7> kSites{{{"Harbour Mole", -0.0102, 0.0031},
                                      {"Orchard Hill", 0.0127, -0.0083},
                                      {"Quarry Road School", 0.0061, 0.0139},
                                      {"Granary Roof", 0.0008, -0.0021},
                                      {"Tanner Lane Air Quality", -0.0038, -0.0122},
                                      {"Ferry Landing", -0.0071, 0.0104},
                                      {"Breakwater Mast", -0.0139, 0.0092}}};

CityDevice place(std::string dialect, std::string key, std::string station_id, const Site& site) {
  const auto rounded = [](double degrees) { return std::round(degrees * 1e6) / 1e6; };
  return {std::move(dialect),
          std::move(key),
          std::move(station_id),
          site.name,
          rounded(kCityLat + site.north_deg),
          rounded(kCityLon + site.east_deg)};
}

}  // namespace

std::vector<CityDevice> city_devices() {
  std::vector<CityDevice> devices;
  for (const Dialect& dialect : dialects()) {
    if (std::string_view(dialect.name) == kAvroTwin) continue;
    const std::size_t number = devices.size();
    devices.push_back(
        place(dialect.name, dialect.default_key, "post-" + std::to_string(number + 1), kSites[number % kSites.size()]));
  }
  devices.push_back(place("nmea", "", "mast-1", kSites.back()));
  return devices;
}

std::string city_devices_json(double weather_interval_s) {
  nlohmann::ordered_json posts = nlohmann::ordered_json::array();
  nlohmann::ordered_json mast;
  for (const CityDevice& device : city_devices()) {
    nlohmann::ordered_json json;
    json["dialect"] = device.dialect;
    if (!device.key.empty()) json["key"] = device.key;
    json["station_id"] = device.station_id;
    json["name"] = device.name;
    json["lat"] = device.lat;
    json["lon"] = device.lon;
    json["report_interval_s"] = std::max<std::int64_t>(1, std::llround(weather_interval_s));
    if (device.key.empty()) {
      mast = std::move(json);
    } else {
      posts.push_back(std::move(json));
    }
  }
  return nlohmann::ordered_json{{"posts", std::move(posts)}, {"mast", std::move(mast)}}.dump(1);
}

}  // namespace wayside::sim
