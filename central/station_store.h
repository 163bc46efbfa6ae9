#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/account.h"
#include "central/ids.h"
#include "central/station_info.h"
#include "central/stream_state.h"

namespace wayside::central {

/// A station as the fold knows it. All stations are in memory; their accounts are loaded when a reading asks for them.
struct Station {
  StationPk pk{0};
  std::string id;
  AgentPk owner{0};                         ///< the agent that first announced it, by information or by a reading
  std::shared_ptr<const StationInfo> info;  ///< null until information came, and after retirement
  std::optional<UtcTime> retired_at;
  UtcTime info_at;                ///< record of the information, or of the retirement, that holds
  std::int64_t info_offset = -1;  ///< its offset
  AgentPk brought_by{0};          ///< the agent whose item made it known, refused or not
  std::uint64_t unnumbered = 0;
  std::uint64_t unnumbered_repeated = 0;
  std::vector<StreamState> streams;
  std::vector<std::unique_ptr<Account>> accounts;
  std::uint32_t dirty_streams = 0;  ///< bit per Stream
  bool dirty = false;
  bool touched = false;  ///< listed for the board

  /// Made when it is not there.
  StreamState& stream_state(Stream stream);
  /// On the map: it has been announced, or something was read there, and it is not retired.
  bool shown() const;
};

/// Tables `agent`, `station` and `stream_state`, writer's side, with all rows in memory.
class StationStore {
 public:
  static Result<StationStore> open(SqlDatabase& database);
  Status reload(SqlDatabase& database);

  Result<Station*> create(std::string_view station_id, AgentPk brought_by);
  /// Null when there is none.
  Station* find(std::string_view station_id);
  /// Made when there is none.
  Result<AgentPk> agent(std::string_view name);
  std::optional<AgentPk> find_agent(std::string_view name);
  std::size_t agents() const { return agents_.size(); }
  /// How many stations an agent has brought.
  std::int64_t brought_by(AgentPk agent) const;
  const std::string& agent_name(AgentPk agent) const;
  Status save(Station& station);

  const std::vector<std::unique_ptr<Station>>& stations() const { return stations_; }

 private:
  explicit StationStore(SqlDatabase& database) : database_(&database) {}
  Status load_agents();
  Status load_stations();
  Status load_states();
  Status save_state(const Station& station, const StreamState& state);

  SqlDatabase* database_;
  SqlStatement insert_station_;
  SqlStatement update_station_;
  SqlStatement insert_agent_;
  SqlStatement upsert_state_;
  std::vector<std::unique_ptr<Station>> stations_;
  std::unordered_map<std::string, Station*> by_id_;
  std::unordered_map<std::string, AgentPk> agents_;
  std::unordered_map<std::int64_t, std::string> agent_names_;
  std::unordered_map<std::int64_t, std::int64_t> brought_;
  std::string lookup_;
};

}  // namespace wayside::central
