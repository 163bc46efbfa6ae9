#include "central/forecast_desk.h"

#include "central/account.h"
#include "central/read_snapshot.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::int64_t kMakeEveryMs = 6 * 3'600'000;
constexpr auto kPassEvery = std::chrono::minutes(1);
constexpr int kIdlePerWork = 9;
/// A station of which nothing was made for so long is no more.
constexpr std::int64_t kKeepMs = 7 * kDayMs;

}  // namespace

Result<std::unique_ptr<ForecastDesk>> ForecastDesk::open(const std::string& database, std::int64_t report_interval_s,
                                                         const Clock& clock) {
  auto store = ForecastStore::open(path_beside(database));
  if (!store) return std::move(store).error();
  std::unique_ptr<ForecastDesk> desk(new ForecastDesk(database, report_interval_s, std::move(*store), clock));
  desk->thread_ = std::jthread([&self = *desk](const std::stop_token& stop) { self.run(stop); });
  return desk;
}

ForecastDesk::~ForecastDesk() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

ForecastCounters ForecastDesk::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void ForecastDesk::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (auto done = pass(stop); !done.ok()) fail(done.error());
    {
      const std::lock_guard lock(mutex_);
      ++counters_.passes;
    }
    wait(stop, kPassEvery);
  }
}

Status ForecastDesk::pass(const std::stop_token& stop) {
  SqlOpenOptions options;
  options.read_only = true;
  auto reader = SqlDatabase::open(database_, options);
  if (!reader) return std::move(reader).error();
  auto readings = ObservationReader::open(*reader, Stream::kBikeStatus, report_interval_s_);
  if (!readings) return std::move(readings).error();
  auto next = reader->prepare(
      "SELECT station_pk, station_id, json_extract(info, '$.lon') FROM station WHERE station_pk > ?1 AND retired_at IS NULL "
      "AND EXISTS (SELECT 1 FROM "
      "stream_state WHERE stream_state.station_pk = station.station_pk AND stream = 0) ORDER BY station_pk LIMIT 1");
  if (!next) return std::move(next).error();
  std::int64_t station = 0;
  while (!stop.stop_requested()) {
    auto row = next->bind(1, station).step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    station = next->integer(0);
    const std::string station_id(next->text(1));
    const auto lon = next->is_null(2) ? std::nullopt : std::optional(next->real(2));
    next->reset();
    auto made_at = store_->made_at(station_id);
    if (!made_at) return std::move(made_at).error();
    const std::int64_t age_ms = clock_.wall().ms - made_at->value_or(0);
    if (*made_at && age_ms >= 0 && age_ms < kMakeEveryMs) continue;
    const auto begin = Steady::now();
    // One station whose history is damaged does not keep the others from theirs.
    if (auto made = make(**readings, *reader, StationPk{station}, station_id, lon); !made.ok()) fail(made.error());
    wait(stop, kIdlePerWork * std::chrono::ceil<std::chrono::milliseconds>(Steady::now() - begin));
  }
  return store_->remove_older(clock_.wall().ms - kKeepMs);
}

Status ForecastDesk::make(ObservationReader& readings, SqlDatabase& reader, StationPk station, const std::string& station_id,
                          std::optional<double> lon) {
  const std::int64_t now = clock_.wall().ms;
  auto levels = [&]() -> Result<Levels> {
    auto snapshot = ReadSnapshot::begin(reader);
    if (!snapshot) return std::move(snapshot).error();
    return read_levels(readings, station, (now / kDayMs - kHistoryDays) * kMomentsOfDay, now);
  }();
  if (!levels) return std::move(levels).error().while_doing("forecast of station " + station_id);
  WAYSIDE_TRY(store_->write(station_id, make_forecast(*levels, now, moments_from_utc(lon))));
  const std::lock_guard lock(mutex_);
  ++counters_.made;
  return {};
}

void ForecastDesk::fail(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    ++counters_.errors;
  }
  log_limited(LogLevel::kError, "forecast_failed", "forecast", {{"error", error.message}, {"try", error.hint}});
}

void ForecastDesk::wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  wake_.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace wayside::central
