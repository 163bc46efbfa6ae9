#include "central/layer_keeper.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "central/account.h"
#include "common/base/fault_point.h"

namespace wayside::central {
namespace {

using Steady = std::chrono::steady_clock;

/// A step's share of the writer's time.
constexpr auto kStep = std::chrono::milliseconds(10);
/// A backlog of a past day comes over minutes; its day is not closed for each part.
constexpr std::int64_t kOpenMsMin = std::int64_t{5} * 60'000;
constexpr std::int64_t kPassEveryMs = 3'600'000;
constexpr int kStationsOfStep = 20;

}  // namespace

Result<std::unique_ptr<LayerKeeper>> LayerKeeper::open(SqlDatabase& database, OpenDays& days, LayerOptions options) {
  auto maker = GoldMaker::open(database, options.report_interval_s);
  if (!maker) return std::move(maker).error();
  auto gold = GoldStore::open(database);
  if (!gold) return std::move(gold).error();
  auto silver = SilverStore::open(database);
  if (!silver) return std::move(silver).error();
  auto next = database.prepare("SELECT min(station_pk) FROM station WHERE station_pk > ?1");
  if (!next) return std::move(next).error();
  auto keeper = std::unique_ptr<LayerKeeper>(
      new LayerKeeper(database, days, options, std::move(*maker), std::move(*gold), std::move(*silver)));
  keeper->next_station_ = std::move(*next);
  return keeper;
}

Result<bool> LayerKeeper::step(UtcTime now) {
  auto more = close_some(now);
  if (!more || *more) return more;
  return retain_some(now);
}

Result<bool> LayerKeeper::close_some(UtcTime now) {
  const auto until = Steady::now() + kStep;
  const std::int64_t last = (now.ms - options_.close_after_minutes * 60'000) / kDayMs - 1;
  const UtcTime opened_by{now.ms - std::min(kOpenMsMin, options_.close_after_minutes * 60'000)};
  auto day = days_.find(last, opened_by);
  if (!day) return std::move(day).error();
  if (!*day) return false;
  auto transaction = SqlTransaction::begin(database_);
  if (!transaction) return std::move(transaction).error();
  while (*day) {
    if (auto done = close(**day, now); !done.ok()) return std::move(done).error().while_doing("closing a day");
    if (Steady::now() >= until) break;
    day = days_.find(last, opened_by);
    if (!day) return std::move(day).error();
  }
  const bool more = day->has_value();
  fault_point("before_close_commit");
  if (auto committed = transaction->commit(); !committed.ok()) return std::move(committed).error();
  fault_point("after_close_commit");
  return more;
}

Status LayerKeeper::close(const OpenDays::Day& day, UtcTime now) {
  WAYSIDE_TRY(days_.close(day.station, day.stream, day.day));
  WAYSIDE_TRY(silver_.seal(maker_->silver(), day.station, day.stream, day.day, now));
  for (const std::int64_t near : {day.day - 1, day.day, day.day + 1}) {
    // A neighbour that is open is made when it is closed.
    if (near >= 0 && !days_.is_open(day.station, day.stream, near)) WAYSIDE_TRY(make_gold(day.station, day.stream, near));
  }
  return {};
}

Status LayerKeeper::make_gold(StationPk station, Stream stream, std::int64_t day) {
  if (gold_columns(stream).empty()) return {};
  auto frozen = maker_->silver().frozen(station, stream, day);
  if (!frozen) return std::move(frozen).error();
  if (*frozen) return {};
  std::vector<Resolution> stored{Resolution::kHour, Resolution::kDay};
  auto minutes = gold_.has(station, stream, Resolution::kMinute, day);
  if (!minutes) return std::move(minutes).error();
  if (*minutes) stored.push_back(Resolution::kMinute);
  auto made = maker_->make(station, stream, day, stored);
  if (!made) return std::move(made).error();
  for (std::size_t i = 0; i < stored.size(); ++i) WAYSIDE_TRY(gold_.write(station, stream, stored[i], day, (*made)[i]));
  return {};
}

/// One pass over all stations an hour.
Result<bool> LayerKeeper::retain_some(UtcTime now) {
  if (now < next_pass_) return false;
  auto transaction = SqlTransaction::begin(database_);
  if (!transaction) return std::move(transaction).error();
  bool more = true;
  for (int i = 0; i < kStationsOfStep && more; ++i) {
    auto row = next_station_.bind(1, retained_station_).step();
    if (!row) return std::move(row).error();
    more = *row && !next_station_.is_null(0);
    const StationPk station{more ? next_station_.integer(0) : 0};
    next_station_.reset();
    for (const Stream stream : kAllStreams) {
      if (!more) break;
      if (auto done = retain(station, stream, now); !done.ok())
        return std::move(done).error().while_doing("taking out old history");
    }
    retained_station_ = raw(station);
  }
  if (auto committed = transaction->commit(); !committed.ok()) return std::move(committed).error();
  if (!more) next_pass_ = UtcTime{now.ms + kPassEveryMs};
  return more;
}

Status LayerKeeper::retain(StationPk station, Stream stream, UtcTime now) {
  const std::int64_t today = now.ms / kDayMs;
  if (options_.silver_days > 0) {
    // A day longer than asked for: the first day that is kept needs the one before it when something late comes.
    const std::int64_t kept_from = today - options_.silver_days - 1;
    if (options_.minute_days == 0 || options_.minute_days > options_.silver_days)
      WAYSIDE_TRY(make_minutes(station, stream, kept_from));
    WAYSIDE_TRY(silver_.remove_before(station, stream, kept_from, UtcTime{now.ms - kDayMs}));
  }
  for (const auto& [resolution, days] :
       {std::pair{Resolution::kMinute, options_.minute_days}, std::pair{Resolution::kHour, options_.hour_days},
        std::pair{Resolution::kDay, options_.day_days}}) {
    if (days > 0) WAYSIDE_TRY(gold_.remove_before(station, stream, resolution, today - days));
  }
  return {};
}

/// The minutes of days whose silver is about to go, up to `last`.
Status LayerKeeper::make_minutes(StationPk station, Stream stream, std::int64_t last) {
  if (gold_columns(stream).empty()) return {};
  auto days = maker_->silver().days(station, stream, 0, last);
  if (!days) return std::move(days).error();
  constexpr std::array kMinutes{Resolution::kMinute};
  for (const std::int64_t day : *days) {
    auto there = gold_.has(station, stream, Resolution::kMinute, day);
    if (!there) return std::move(there).error();
    if (*there || days_.is_open(station, stream, day)) continue;
    auto made = maker_->make(station, stream, day, kMinutes);
    if (!made) return std::move(made).error();
    WAYSIDE_TRY(gold_.write(station, stream, Resolution::kMinute, day, made->front()));
  }
  return {};
}

}  // namespace wayside::central
