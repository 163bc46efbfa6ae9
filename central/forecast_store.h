#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "central/forecast_model.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// The file of forecasts, beside the database: what is kept of each station's history, about 1 kB. All of it is made from
/// the database and is made again when the file is deleted. One thread.
class ForecastStore {
 public:
  static Result<std::unique_ptr<ForecastStore>> open(const std::string& path);

  Status write(const std::string& station_id, const StationForecast& forecast);
  /// When the station's was made (ms); nothing when there is none.
  Result<std::optional<std::int64_t>> made_at(const std::string& station_id);
  /// Takes out those of stations that are no more.
  Status remove_older(std::int64_t made_before);

 private:
  explicit ForecastStore(SqlDatabase database) : database_(std::move(database)) {}
  SqlDatabase database_;
  SqlStatement insert_;
  SqlStatement made_at_;
};

/// Nothing when none is kept. Opens the file for itself: any thread.
Result<std::optional<StationForecast>> read_forecast(const std::string& path, const std::string& station_id);

}  // namespace wayside::central
