#include "edge/drivers/station_registry.h"

#include <algorithm>

#include "common/contract/names.h"

namespace wayside::edge {
namespace {

constexpr std::size_t kRefusedMax = 10'000;  // to remember; above it they are told anew

}  // namespace

void RegistrySettings::describe(SettingsVisitor& visitor) {
  visitor.choice("kind", kind, {"rail", "bike", "weather"}, "Kind of the stations whose rows name none.");
  visitor.text("station_prefix", station_prefix, "Put before each station_id.");
  visitor.texts("streams", streams, "Streams that the stations produce, such as arrival; empty: said by whoever reads them.");
  visitor.integer("report_interval_s", report_interval_s, {1, 31'536'000}, "How often each of these streams reports.");
  visitor.real("poll_interval_s", poll_interval_s, {0.05, 86'400}, "Look for changes this often.");
}

Status RegistrySettings::validate() const {
  for (const std::string& stream : streams) {
    if (!parse_stream(stream))
      return Error{"streams: is no stream (got " + stream + ")", "bike_status, weather, arrival, turnstile"};
  }
  return {};
}

StationRegistry::StationRegistry(const RegistrySettings& settings, DriverHost& host) : settings_(settings), host_(host) {
  for (const auto& [station, mark] : host.recall_all()) {
    if (!mark.empty()) announced_.insert(station);
  }
}

void StationRegistry::take(const std::vector<TableStation>& stations, bool whole) {
  std::vector<Memory> memories;
  std::set<std::string> named;
  for (const TableStation& station : stations) {
    const std::string id = encode_station_id(settings_.station_prefix + station.key);
    if (!valid_station_id(id)) {
      refuse("station_id is over 64 characters when encoded", station.key);
      continue;
    }
    named.insert(id);
    host_.announce({id, station_info_json(station, id, settings_.streams, settings_.report_interval_s)});
    if (announced_.insert(id).second) memories.push_back({id, "1"});
  }
  if (whole && !named.empty()) {
    std::erase_if(announced_, [&](const std::string& station) {
      if (named.contains(station)) return false;
      host_.retire(station);
      memories.push_back({station, ""});
      return true;
    });
  }
  if (!memories.empty()) host_.accept({}, std::move(memories), [](const Status&) {});
}

void StationRegistry::refuse(const std::string& why, const std::string& row) {
  if (refused_.size() >= kRefusedMax) refused_.clear();
  if (refused_.insert(why + '\n' + row).second) host_.refused({"bad_row", why, row});
}

}  // namespace wayside::edge
