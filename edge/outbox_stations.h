#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "edge/outbox_store.h"

namespace wayside::edge {

/// The stations of the outbox: their keys, and their information until it is written. Writes belong inside a transaction,
/// whose end is told by committed() or rolled_back().
class OutboxStations {
 public:
  explicit OutboxStations(OutboxStore& store) : store_(store) {}

  Status load();
  bool known(const std::string& station_id) const { return keys_.contains(station_id); }
  /// Of a known station.
  std::int64_t key(const std::string& station_id) const { return keys_.at(station_id); }
  /// Adds an unknown one.
  Result<std::int64_t> find_or_add(const std::string& station_id);

  /// True when it differs from what was kept, or is the first one of this station since load().
  bool remember_info(const std::string& station_id, const std::string& json);
  void forget_info(const std::string& station_id);
  bool has_unwritten() const { return !new_infos_.empty(); }
  Status write_infos();
  /// Of the stations that were announced since load(); empty: retired. What nobody announces any more is not told again.
  Result<std::map<std::string, std::string>> infos();

  void committed();
  void rolled_back();

 private:
  OutboxStore& store_;
  std::unordered_map<std::string, std::int64_t> keys_;
  std::vector<std::string> added_;  // in this transaction
  std::unordered_map<std::string, std::size_t> info_hashes_;
  std::unordered_set<std::string> announced_;  // since load()
  std::map<std::string, std::string> new_infos_;
};

}  // namespace wayside::edge
