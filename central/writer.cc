#include "central/writer.h"

namespace wayside::central {
namespace {

/// The writer checkpoints by itself when the log has so many pages (64 MB), and at the end.
constexpr int kCheckpointPages = 16'384;

}  // namespace

Result<SqlDatabase> open_writer(const CentralSettings& settings) {
  SqlOpenOptions options;
  options.synchronous_full = settings.synchronous_full;
  auto database = SqlDatabase::open(settings.database, options);
  if (!database) return std::move(database).error().while_doing("database");
  WAYSIDE_TRY(database->execute("PRAGMA wal_autocheckpoint=" + std::to_string(kCheckpointPages) + ";PRAGMA cache_size=-" +
                                std::to_string(settings.cache_mb * 1024)));
  return database;
}

LayerOptions layer_options(const CentralSettings& settings) {
  const LayerSettings& layers = settings.layers;
  return {layers.close_after_minutes, settings.report_interval_s, layers.silver_days,
          layers.minute_days,         layers.hour_days,           layers.day_days};
}

}  // namespace wayside::central
