#pragma once

#include <memory>

#include "central/gold_maker.h"
#include "central/gold_store.h"
#include "central/open_days.h"
#include "central/silver_store.h"

namespace wayside::central {

/// Days are whole UTC days before today; 0: for ever.
struct LayerOptions {
  std::int64_t close_after_minutes = 60;  ///< after its end a day waits so long for late readings
  std::int64_t report_interval_s = 300;
  std::int64_t silver_days = 30;
  std::int64_t minute_days = 30;
  std::int64_t hour_days = 730;
  std::int64_t day_days = 0;
};

/// Keeps the layers behind the fold, by small steps on the writer's thread.
///
/// It closes days that are over: silver's readings of the day become one block, and the gold of the day and of its
/// neighbours is made, because values and differences reach across midnight. A late reading opens its day again (OpenDays),
/// and the day is closed again. Once an hour it takes out what is older than the options say. Each step is a transaction of
/// its own; a kill between two steps changes nothing that a query says.
class LayerKeeper {
 public:
  /// Database and days must outlive the keeper.
  static Result<std::unique_ptr<LayerKeeper>> open(SqlDatabase& database, OpenDays& days, LayerOptions options);

  /// Works for some milliseconds. Whether more is to be done now. After an error call OpenDays::reload.
  Result<bool> step(UtcTime now);

 private:
  LayerKeeper(SqlDatabase& database, OpenDays& days, LayerOptions options, std::unique_ptr<GoldMaker> maker, GoldStore gold,
              SilverStore silver)
      : database_(database),
        days_(days),
        options_(options),
        maker_(std::move(maker)),
        gold_(std::move(gold)),
        silver_(std::move(silver)) {}
  Result<bool> close_some(UtcTime now);
  Status close(const OpenDays::Day& day, UtcTime now);
  Status make_gold(StationPk station, Stream stream, std::int64_t day);
  Result<bool> retain_some(UtcTime now);
  Status retain(StationPk station, Stream stream, UtcTime now);
  Status make_minutes(StationPk station, Stream stream, std::int64_t last);

  SqlDatabase& database_;
  OpenDays& days_;
  LayerOptions options_;
  std::unique_ptr<GoldMaker> maker_;
  GoldStore gold_;
  SilverStore silver_;
  SqlStatement next_station_;
  std::int64_t retained_station_ = 0;  ///< up to which the pass has come
  UtcTime next_pass_;
};

}  // namespace wayside::central
