#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "central/board_change.h"
#include "central/station_rules.h"
#include "central/text_search.h"

namespace wayside::central {

struct BoardStream {
  StreamState values;
  double report_interval_s = 0;
  StationState state = StationState::kNever;
};

/// A station as the map shows it now.
struct BoardStation {
  std::string id;
  std::string agent;
  std::shared_ptr<const StationInfo> info;  ///< may be null
  std::vector<BoardStream> streams;         ///< those with a reading, and those that the information announces
  StationState state = StationState::kNever;
  std::int64_t next_change_ms = 0;  ///< 0: age changes nothing any more
  std::uint64_t version = 0;        ///< no two changes of any stations have the same one; grows

  std::string_view kind() const;
  /// The stream with the newest reading, or null.
  const BoardStream* newest() const;
  const BoardStream* stream(Stream stream) const;
};

/// The present of all stations, in memory, fed by the fold after each commit. Lives on the main loop.
class Board {
 public:
  explicit Board(double report_interval_s_default) : report_interval_s_default_(report_interval_s_default) {}

  void apply(std::vector<StationChange> changes, UtcTime now);
  /// Judges again the stations whose age has crossed a limit since the last call.
  void tick(UtcTime now);

  using Stations = std::map<std::string, std::unique_ptr<BoardStation>, std::less<>>;
  const Stations& stations() const { return stations_; }
  const BoardStation* find(std::string_view id) const;
  /// Ids of the stations that a person's words name, best first.
  std::vector<std::string> search(std::string_view words) { return search_.find(words); }
  /// Of the newest change, of a station or of its state by age.
  std::uint64_t version() const { return version_; }
  const std::array<std::size_t, kStationStateCount>& counts() const { return counts_; }

  /// Stations that changed since the last call, and those that are gone.
  struct Changed {
    std::vector<const BoardStation*> stations;
    std::vector<std::string> removed;
    bool empty() const { return stations.empty() && removed.empty(); }
  };
  Changed take_changed();

 private:
  void replace(StationChange change, UtcTime now);
  void remove(const std::string& id);
  void note_change(BoardStation& station);
  void judge(BoardStation& station, UtcTime now);
  double interval_of(const StationInfo* info, Stream stream) const;

  double report_interval_s_default_;
  TextSearch search_;
  std::uint64_t version_ = 0;
  Stations stations_;
  std::set<std::pair<std::int64_t, BoardStation*>> due_;  ///< by next_change_ms
  std::array<std::size_t, kStationStateCount> counts_{};
  std::set<std::string, std::less<>> changed_;
  std::set<std::string, std::less<>> removed_;
};

}  // namespace wayside::central
