#include "edge/outbox_stations.h"

namespace wayside::edge {

Status OutboxStations::load() {
  return store_.each_station([this](std::string_view id, std::int64_t key, std::optional<std::string_view> info) {
    keys_[std::string(id)] = key;
    if (info) info_hashes_[std::string(id)] = std::hash<std::string_view>{}(*info);
  });
}

Result<std::int64_t> OutboxStations::find_or_add(const std::string& station_id) {
  if (const auto known = keys_.find(station_id); known != keys_.end()) return known->second;
  auto added = store_.add_station(station_id);
  if (!added) return added;
  added_.push_back(station_id);
  keys_[station_id] = *added;
  return added;
}

bool OutboxStations::remember_info(const std::string& station_id, const std::string& json) {
  const std::size_t hash = std::hash<std::string>{}(json);
  const auto [known, fresh] = info_hashes_.try_emplace(station_id, hash);
  const bool first = announced_.insert(station_id).second;
  if (!fresh && known->second == hash) return first;
  known->second = hash;
  new_infos_[station_id] = json;
  return true;
}

void OutboxStations::forget_info(const std::string& station_id) {
  info_hashes_.erase(station_id);
  announced_.insert(station_id);
  new_infos_[station_id].clear();
}

Status OutboxStations::write_infos() {
  for (const auto& [station_id, json] : new_infos_) {
    auto station = find_or_add(station_id);
    if (!station) return std::move(station).error();
    WAYSIDE_TRY(store_.write_info(*station, json));
  }
  return {};
}

Result<std::map<std::string, std::string>> OutboxStations::infos() {
  auto written = store_.infos();
  if (!written) return written;
  for (const auto& [station_id, json] : new_infos_) (*written)[station_id] = json;
  std::erase_if(*written, [this](const auto& info) { return !announced_.contains(info.first); });
  return written;
}

void OutboxStations::committed() {
  added_.clear();
  new_infos_.clear();
}

void OutboxStations::rolled_back() {
  for (const std::string& station_id : added_) keys_.erase(station_id);
  added_.clear();
}

}  // namespace wayside::edge
