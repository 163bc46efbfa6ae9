#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/station_info.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// Full-text index over names, street addresses and ids of stations: SQLite's FTS5, in memory, made from what the board
/// shows. Case and diacritics do not matter, and each word finds what begins with it, so that it serves while a person
/// types. Lives on the main loop.
class TextSearch {
 public:
  static constexpr std::size_t kFoundMax = 1000;

  TextSearch();
  /// Enters a station, or enters it anew when its texts have changed. `before`: what was entered, null when nothing was.
  void put(const std::string& station_id, const StationInfo* info, const StationInfo* before);
  void remove(const std::string& station_id);
  /// Ids of the stations in which every word occurs, best first, at most kFoundMax. Text without a letter or digit finds none.
  std::vector<std::string> find(std::string_view words);

 private:
  SqlDatabase database_;
  SqlStatement insert_;
  SqlStatement delete_;
  SqlStatement select_;
  std::unordered_map<std::string, std::int64_t> row_of_;
  std::int64_t last_row_ = 0;
};

/// The words as an FTS5 query: each quoted and a prefix, all of them required. Empty when there is no letter or digit.
std::string fts_query(std::string_view words);

}  // namespace wayside::central
