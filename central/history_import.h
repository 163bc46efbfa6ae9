#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/central_settings.h"
#include "central/layer_keeper.h"
#include "central/reading_store.h"
#include "central/station_store.h"
#include "common/base/sqlite.h"
#include "common/contract/reading.h"

namespace wayside::central {

struct ImportCounts {
  std::uint64_t rows = 0;      ///< readings offered
  std::uint64_t stored = 0;    ///< new in silver
  std::uint64_t repeated = 0;  ///< known already
  std::uint64_t too_old = 0;   ///< of days whose silver has gone by age
  std::uint64_t ageing = 0;    ///< of `stored`: of days older than layers.silver_days, which go again a day after
  std::array<std::uint64_t, kReasonCount> refused{};
};

/// Writes recorded readings into silver, as unnumbered ones: station, stream, time and values tell a repeat, so that all of it may be
/// offered again. They are history only: no station's present changes. A transaction holds some thousand readings; a death
/// takes back the last one. The database must be locked (DatabaseLock) and have its schema.
class HistoryImport {
 public:
  static Result<std::unique_ptr<HistoryImport>> open(SqlDatabase& database, const CentralSettings& settings, UtcTime now);

  /// Information for a station of which there is none, to be used when a reading of it comes.
  void describe(const std::string& station_id, std::string info_json) { infos_[station_id] = std::move(info_json); }
  /// Takes a reading, or counts why not. `received_at`: when it was to be had.
  Status add(const Reading& reading, UtcTime received_at);
  void refuse(Reason reason);
  /// What is behind it is safe.
  Status commit();
  /// Makes blocks and gold of the days that are over, as central does. A central that starts goes on with it.
  Status close_days();

  const ImportCounts& counts() const { return counts_; }
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

 private:
  HistoryImport(SqlDatabase& database, const CentralSettings& settings, UtcTime now, StationStore stations,
                ReadingStore readings)
      : database_(database), settings_(settings), now_(now), stations_(std::move(stations)), readings_(std::move(readings)) {}
  Status store(const Reading& reading, UtcTime received_at);
  Result<Station*> station(const std::string& id);
  Status begin();
  void say_progress();

  SqlDatabase& database_;
  const CentralSettings& settings_;
  UtcTime now_;
  StationStore stations_;
  ReadingStore readings_;
  std::unique_ptr<LayerKeeper> layers_;
  ReadingParser parser_;
  std::vector<ParsedReading> parsed_;
  std::unordered_map<std::string, std::string> infos_;
  std::unordered_map<std::string, Reading> last_;  ///< by station: what came before, which most feeds say again
  std::optional<SqlTransaction> transaction_;
  std::vector<Station*> touched_;
  std::uint64_t in_transaction_ = 0;
  ImportCounts counts_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point said_ = began_;
};

}  // namespace wayside::central
