#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "central/forecast_store.h"
#include "common/base/clock.h"

namespace wayside::central {

struct ForecastCounters {
  std::uint64_t made = 0;    ///< stations whose history was looked at
  std::uint64_t passes = 0;  ///< over all stations
  std::uint64_t errors = 0;  ///< a station whose history could not be read, or a disk that did not take the result
};

/// Looks at the history of every bike station four times a day, one station after the other, in a thread of its own with
/// connections of its own: a tenth of its time, so that it disturbs nothing. What is kept lies in `<database>.forecast`.
class ForecastDesk {
 public:
  static Result<std::unique_ptr<ForecastDesk>> open(const std::string& database, std::int64_t report_interval_s,
                                                    const Clock& clock);
  static std::string path_beside(const std::string& database) { return database + ".forecast"; }
  ~ForecastDesk();
  ForecastDesk(const ForecastDesk&) = delete;
  ForecastDesk& operator=(const ForecastDesk&) = delete;

  /// From any thread.
  ForecastCounters counters() const;

 private:
  ForecastDesk(std::string database, std::int64_t report_interval_s, std::unique_ptr<ForecastStore> store, const Clock& clock)
      : database_(std::move(database)), report_interval_s_(report_interval_s), store_(std::move(store)), clock_(clock) {}
  void run(const std::stop_token& stop);
  /// One pass over the stations.
  Status pass(const std::stop_token& stop);
  Status make(ObservationReader& readings, SqlDatabase& reader, StationPk station, const std::string& station_id,
              std::optional<double> lon);
  void fail(const Error& error);
  void wait(const std::stop_token& stop, std::chrono::milliseconds time);

  std::string database_;
  std::int64_t report_interval_s_;
  std::unique_ptr<ForecastStore> store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  ForecastCounters counters_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace wayside::central
