#include "central/forecast_store.h"

namespace wayside::central {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS forecast (
  station_id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
)sql";

}  // namespace

Result<std::unique_ptr<ForecastStore>> ForecastStore::open(const std::string& path) {
  SqlOpenOptions options;
  options.synchronous_full = false;
  auto database = SqlDatabase::open(path, options);
  if (!database) return std::move(database).error().while_doing("forecasts in " + path);
  if (auto made = database->execute(kSchema); !made.ok()) return std::move(made).error().while_doing("forecasts in " + path);
  std::unique_ptr<ForecastStore> store(new ForecastStore(std::move(*database)));
  auto insert = store->database_.prepare("INSERT OR REPLACE INTO forecast VALUES (?1, ?2, ?3)");
  if (!insert) return std::move(insert).error();
  store->insert_ = std::move(*insert);
  auto made_at = store->database_.prepare("SELECT made_at FROM forecast WHERE station_id = ?1");
  if (!made_at) return std::move(made_at).error();
  store->made_at_ = std::move(*made_at);
  return store;
}

Status ForecastStore::write(const std::string& station_id, const StationForecast& forecast) {
  auto bytes = encode_forecast(forecast);
  if (!bytes) return std::move(bytes).error();
  return insert_.bind(1, station_id).bind(2, forecast.made_at).bind_blob(3, *bytes).run();
}

Result<std::optional<std::int64_t>> ForecastStore::made_at(const std::string& station_id) {
  std::optional<std::int64_t> at;
  made_at_.bind(1, station_id);
  WAYSIDE_TRY(made_at_.each_row([&](const SqlStatement& row) { at = row.integer(0); }));
  return at;
}

Status ForecastStore::remove_older(std::int64_t made_before) {
  auto remove = database_.prepare("DELETE FROM forecast WHERE made_at < ?1");
  if (!remove) return std::move(remove).error();
  return remove->bind(1, made_before).run();
}

Result<std::optional<StationForecast>> read_forecast(const std::string& path, const std::string& station_id) {
  SqlOpenOptions options;
  options.read_only = true;
  auto database = SqlDatabase::open(path, options);
  if (!database) return std::move(database).error();
  auto select = database->prepare("SELECT bytes FROM forecast WHERE station_id = ?1");
  if (!select) return std::move(select).error();
  auto row = select->bind(1, station_id).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<StationForecast>();
  auto forecast = decode_forecast(select->text(0));
  if (!forecast) return std::move(forecast).error();
  return std::optional(std::move(*forecast));
}

}  // namespace wayside::central
