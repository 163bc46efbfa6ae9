#include "firmware-sim/gbfs_documents.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wayside::sim {
namespace {

using Json = nlohmann::ordered_json;

Json time_value(const GbfsHead& head, std::int64_t time_s) {
  // A station that never reported keeps its 0 or 86400 whatever the feed's clock says.
  const std::int64_t shifted = time_s > 86'400 ? std::max<std::int64_t>(0, time_s + head.clock_offset_s) : time_s;
  if (head.version == GbfsVersion::k3_0) return format_rfc3339(UtcTime::from_seconds(shifted));
  return shifted;
}

Json flag_value(const GbfsHead& head, bool value) {
  if (head.version == GbfsVersion::k1_1) return value ? 1 : 0;
  return value;
}

Json text_value(const GbfsHead& head, std::string text) {
  if (head.version != GbfsVersion::k3_0) return text;
  return Json::array({{{"text", std::move(text)}, {"language", "en"}}});
}

std::string finish(const GbfsHead& head, Json data) {
  Json document;
  document["last_updated"] = time_value(head, head.last_updated_s);
  document["ttl"] = head.ttl_s;
  document["version"] = to_text(head.version);
  document["data"] = std::move(data);
  return document.dump();
}

}  // namespace

std::string_view to_text(GbfsVersion version) {
  switch (version) {
    case GbfsVersion::k1_1: return "1.1";
    case GbfsVersion::k2_3: return "2.3";
    case GbfsVersion::k3_0: return "3.0";
  }
  return "2.3";
}

std::optional<GbfsVersion> parse_gbfs_version(std::string_view text) {
  for (const GbfsVersion version : {GbfsVersion::k1_1, GbfsVersion::k2_3, GbfsVersion::k3_0}) {
    if (to_text(version) == text) return version;
  }
  return std::nullopt;
}

std::string system_information(const GbfsHead& head) {
  const std::string name = std::string(kCityName) + " Bikes (simulated)";
  Json data;
  data["system_id"] = "port_alder_simulated";
  if (head.version == GbfsVersion::k3_0) {
    data["languages"] = {"en"};
    data["opening_hours"] = "24/7";
    data["feed_contact_email"] = "nobody@example.org";
  } else {
    data["language"] = "en";
  }
  data["name"] = text_value(head, name);
  data["timezone"] = "Etc/UTC";
  return finish(head, std::move(data));
}

std::string station_information(const GbfsHead& head, const std::vector<BikeStation>& stations) {
  Json list = Json::array();
  for (const BikeStation& station : stations) {
    Json item;
    item["station_id"] = station.id;
    item["name"] = text_value(head, station.place.name);
    item["lat"] = station.place.lat;
    item["lon"] = station.place.lon;
    item["capacity"] = station.capacity;
    list.push_back(std::move(item));
  }
  Json data;
  data["stations"] = std::move(list);
  return finish(head, std::move(data));
}

std::string station_status(const GbfsHead& head, const std::vector<BikeStation>& stations) {
  const bool v3 = head.version == GbfsVersion::k3_0;
  Json list = Json::array();
  for (const BikeStation& station : stations) {
    const bool serves = station.habit != Habit::kClosed;
    Json item;
    item["station_id"] = station.id;
    item[v3 ? "num_vehicles_available" : "num_bikes_available"] = station.bikes;
    item[v3 ? "num_vehicles_disabled" : "num_bikes_disabled"] = station.bikes_disabled;
    item["num_docks_available"] = station.docks;
    item["num_docks_disabled"] = station.docks_disabled;
    item["is_installed"] = flag_value(head, true);
    item["is_renting"] = flag_value(head, serves);
    item["is_returning"] = flag_value(head, serves);
    item["last_reported"] = time_value(head, station.last_reported_s);
    list.push_back(std::move(item));
  }
  Json data;
  data["stations"] = std::move(list);
  return finish(head, std::move(data));
}

std::string gbfs_index(std::string_view version, std::int64_t last_updated_s, int ttl_s, const std::string& base_url,
                       const std::vector<std::string>& names) {
  const bool v3 = !version.empty() && version.front() >= '3';
  Json feeds = Json::array();
  for (const std::string& name : names) {
    feeds.push_back({{"name", name}, {"url", base_url + "/" + name + ".json"}});
  }
  Json document;
  document["last_updated"] = last_updated_s;
  if (v3) document["last_updated"] = format_rfc3339(UtcTime::from_seconds(last_updated_s));
  document["ttl"] = ttl_s;
  if (!version.empty()) document["version"] = version;
  if (v3) {
    document["data"]["feeds"] = std::move(feeds);
  } else {
    document["data"]["en"]["feeds"] = std::move(feeds);
  }
  return document.dump();
}

}  // namespace wayside::sim
