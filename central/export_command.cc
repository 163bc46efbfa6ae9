#include "central/export_command.h"

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "central/account.h"
#include "central/exporter.h"
#include "central/schema.h"
#include "common/base/program.h"
#include "common/base/time.h"

namespace wayside::central {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kRefused = 2;

struct ExportPlan {
  std::int64_t since = 0;
  std::int64_t until = 0;
  ListFormat format = ListFormat::kNdjson;
};

Result<std::int64_t> day_of(const std::string& option, const std::string& date) {
  const auto begin = date.size() == 10 ? parse_rfc3339(date + "T00:00:00Z") : std::nullopt;
  if (!begin) return Error{option + ": is no date (got " + date + ")", option + " 2026-05-19; days are those of UTC"};
  return begin->ms / kDayMs;
}

Result<ExportPlan> read_plan(const ExportOptions& options) {
  auto since = day_of("--since", options.since);
  if (!since) return std::move(since).error();
  auto until = day_of("--until", options.until);
  if (!until) return std::move(until).error();
  if (*until <= *since) {
    return Error{"--until: is not behind --since (got " + options.until + ")", "the day after the last one that is wanted"};
  }
  const bool csv = options.format == "csv.gz";
  if (!csv && options.format != "ndjson.gz") {
    return Error{"--format: is none (got " + options.format + ")", "ndjson.gz or csv.gz"};
  }
  return ExportPlan{*since, *until, csv ? ListFormat::kCsv : ListFormat::kNdjson};
}

Result<SqlDatabase> open_history(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    return Error{"database: there is none (got " + path + ")", "--config with central's own settings"};
  }
  SqlOpenOptions options;
  options.read_only = true;
  auto database = SqlDatabase::open(path, options);
  if (!database) return std::move(database).error().while_doing("database");
  auto version = database->query_integer("PRAGMA user_version");
  if (!version) return std::move(version).error().while_doing("database");
  if (version->value_or(0) != kSchemaVersion) {
    return Error{"database: has schema " + std::to_string(version->value_or(0)) + ", this program reads " +
                     std::to_string(kSchemaVersion),
                 "use the wayside-central that serves it, or start this one on it once"};
  }
  return database;
}

void print_done(const ExportCounts& counts, double seconds) {
  std::printf(
      "Exported %lld readings into %lld files (%.1f MB) in %.1f s: %.0f readings/s. %lld files were complete already.\n",
      static_cast<long long>(counts.readings), static_cast<long long>(counts.files), static_cast<double>(counts.bytes) / 1e6,
      seconds, static_cast<double>(counts.readings) / std::max(seconds, 1e-3), static_cast<long long>(counts.complete));
  if (counts.outlived > 0) {
    std::printf("%lld of them have more readings than history has now (layers.silver_days), and stay as they are.\n",
                static_cast<long long>(counts.outlived));
  }
}

Status run(const CentralSettings& settings, const ExportOptions& options, const ExportPlan& plan) {
  const auto began = std::chrono::steady_clock::now();
  auto database = open_history(settings.database);
  if (!database) return std::move(database).error();
  auto target = open_export_target(options.to);
  if (!target) return std::move(target).error();
  auto exporter = Exporter::open(*database, **target, plan.format);
  if (!exporter) return std::move(exporter).error();
  WAYSIDE_TRY(exporter->run(plan.since, plan.until));
  print_done(exporter->counts(), std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return {};
}

}  // namespace

int run_export(const CentralSettings& settings, const ExportOptions& options) {
  auto plan = read_plan(options);
  if (!plan) {
    print_error(plan.error());
    return kRefused;
  }
  const auto done = run(settings, options, *plan);
  if (done.ok()) return kDone;
  print_error(done.error());
  return kFailed;
}

}  // namespace wayside::central
