#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "central/export_file.h"
#include "central/export_target.h"
#include "central/ids.h"
#include "central/reading_history.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// What an export has done so far.
struct ExportCounts {
  std::int64_t files = 0;     ///< written
  std::int64_t complete = 0;  ///< passed over
  std::int64_t outlived = 0;  ///< of them: history has less now, by its age
  std::int64_t readings = 0;  ///< in the files written
  std::int64_t bytes = 0;     ///< of the files written
};

/// Brings history day by day and stream by stream into files. Its memory does not depend on how many readings there are.
class Exporter {
 public:
  /// A reading connection; database and target must outlive the exporter.
  static Result<Exporter> open(SqlDatabase& database, ExportTarget& target, ListFormat format);

  /// Days since 1970 in UTC; `until` is not included.
  Status run(std::int64_t since, std::int64_t until);
  const ExportCounts& counts() const { return counts_; }

 private:
  struct Source {
    std::int64_t pk = 0;
    std::string id;
  };
  /// Who has readings in a stream's day, and how many.
  struct Day {
    std::int64_t readings = 0;
    std::vector<std::size_t> stations;  ///< places in stations_
  };

  Exporter(SqlDatabase& database, ExportTarget& target, ListFormat format)
      : database_(database), target_(target), format_(format) {}
  Result<Day> look(Stream stream, std::int64_t day);
  Result<bool> is_complete(const std::string& path, const ExportMark& now);
  Status write(const std::string& path, const ExportMark& mark, const Day& found, Stream stream, std::int64_t day);
  Status write_station(ExportFile& file, const HistoryQuery& query, std::int64_t station_pk, bool first);
  void say_progress(std::string_view path);

  SqlDatabase& database_;
  ExportTarget& target_;
  ListFormat format_;
  std::string database_id_;
  std::vector<Source> stations_;
  SqlStatement in_block_;
  SqlStatement since_closed_;
  ExportCounts counts_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point said_ = began_;
};

}  // namespace wayside::central
