#include "central/import_command.h"

#include <algorithm>
#include <cstdio>

#include "central/database_lock.h"
#include "central/history_import.h"
#include "central/import_sources.h"
#include "central/schema.h"
#include "central/writer.h"
#include "common/base/clock.h"
#include "common/base/program.h"

namespace wayside::central {
namespace {

using Number = unsigned long long;

bool is_trips(std::string path) {
  std::transform(path.begin(), path.end(), path.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return path.ends_with(".csv");
}

void print_trips(const TripsFound& found) {
  std::printf("%llu rows: %llu rides, %llu of them without an end.\n", Number{found.rows}, Number{found.rides},
              Number{found.without_end});
  for (const auto& [fault, rows] : found.damaged) std::printf("Damaged rows, %s: %llu\n", fault.c_str(), Number{rows});
}

void print_counts(const ImportCounts& counts, double seconds) {
  std::printf("Imported %llu readings of %llu in %.1f s (%.0f rows/s); %llu were known already.\n", Number{counts.stored},
              Number{counts.rows}, seconds, static_cast<double>(counts.rows) / std::max(seconds, 1e-3),
              Number{counts.repeated});
  for (std::size_t i = 0; i < counts.refused.size(); ++i) {
    if (counts.refused[i] == 0) continue;
    std::printf("Refused, %s: %llu\n", std::string(to_text(static_cast<Reason>(i))).c_str(), Number{counts.refused[i]});
  }
  if (counts.too_old > 0) {
    std::printf("Not kept: %llu of days whose readings have gone by age (layers.silver_days).\n", Number{counts.too_old});
  }
  if (counts.ageing > 0) {
    std::printf(
        "%llu are older than layers.silver_days: they go in a day or later, their aggregates stay. Raise it to keep them.\n",
        Number{counts.ageing});
  }
}

Status import_all(const CentralSettings& settings, const ImportOptions& options, HistoryImport& into) {
  if (!is_trips(options.from)) return import_snapshots({options.from, options.stations, options.prefix}, into);
  const std::string zone = options.timezone.empty() ? settings.page.timezone : options.timezone;
  auto found = import_trips({options.from, options.prefix, zone}, into);
  if (!found) return std::move(found).error();
  print_trips(*found);
  return {};
}

Status run(const CentralSettings& settings, const ImportOptions& options) {
  if (!settings.keep_readings) return Error{"keep_readings: this database keeps no history", "keep_readings = true"};
  auto lock = DatabaseLock::take(settings.database);
  if (!lock) return std::move(lock).error();
  auto database = open_writer(settings);
  if (!database) return std::move(database).error();
  const UtcTime now = SystemClock().wall();
  auto identity = prepare_schema(*database, now);
  if (!identity) return std::move(identity).error();
  auto import = HistoryImport::open(*database, settings, now);
  if (!import) return std::move(import).error();
  WAYSIDE_TRY(import_all(settings, options, **import));
  WAYSIDE_TRY((*import)->commit());
  const double seconds = (*import)->seconds();
  print_counts((*import)->counts(), seconds);
  std::fflush(stdout);
  WAYSIDE_TRY((*import)->close_days());
  std::printf("Days closed, aggregates made in %.1f s.\n", (*import)->seconds() - seconds);
  return {};
}

}  // namespace

int run_import(const CentralSettings& settings, const ImportOptions& options) {
  const auto done = run(settings, options);
  if (done.ok()) return 0;
  print_error(done.error());
  return 1;
}

}  // namespace wayside::central
