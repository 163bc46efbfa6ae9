#include "central/reset_command.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "central/database_lock.h"
#include "central/kafka_source.h"
#include "central/log_gap.h"
#include "central/schema.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/program.h"

namespace wayside::central {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kRefused = 2;

Result<std::vector<LogGap>> look(RecordSource& source, OffsetStore& offsets, std::string& cluster_id, UtcTime now) {
  auto cluster = source.find_cluster();
  if (!cluster) return std::move(cluster).error();
  cluster_id = cluster->cluster_id;
  auto changed = offsets.select_cluster(cluster_id, now);
  if (!changed) return std::move(changed).error();
  std::vector<PartitionId> partitions;
  for (const auto& [id, place] : offsets.places()) partitions.push_back(id);
  auto bounds = source.bounds(partitions);
  if (!bounds) return std::move(bounds).error();
  return find_gaps(source, offsets.places(), *bounds);
}

void print_plan(const std::vector<LogGap>& gaps, const std::string& cluster_id) {
  std::printf("Cluster %s. In %zu partition(s) central cannot go on where it stands:\n", cluster_id.c_str(), gaps.size());
  for (const LogGap& gap : gaps) {
    std::printf("  %s; goes on at %lld", describe(gap).c_str(), static_cast<long long>(gap.low));
    if (gap.folded_until) std::printf(" (folded until %s)", format_rfc3339(*gap.folded_until).c_str());
    std::printf("\n");
  }
  std::printf(
      "What is gone stays gone: accounts show it as missing, and the ledger names each of these gaps.\n"
      "What central has already is recognised when it comes again, and not counted twice.\n");
  std::fflush(stdout);
}

/// False: not confirmed.
bool confirmed(bool yes) {
  if (yes) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    print_error(Error{"reset: needs a confirmation, and there is no terminal to ask on", "reset --from earliest --yes"});
    return false;
  }
  std::printf("Type 'reset' to do it: ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "reset") return true;
  std::printf("Nothing was changed.\n");
  return false;
}

Result<int> reset(const CentralSettings& settings, const ResetOptions& options) {
  if (!std::filesystem::exists(settings.database)) {
    return Error{"database: there is none (got " + settings.database + ")", "--config with central's own settings"};
  }
  auto lock = DatabaseLock::take(settings.database);
  if (!lock) return std::move(lock).error();
  auto database = SqlDatabase::open(settings.database);
  if (!database) return std::move(database).error().while_doing("database");
  const UtcTime now = SystemClock().wall();
  auto identity = prepare_schema(*database, now);
  if (!identity) return std::move(identity).error();
  auto offsets = OffsetStore::open(*database);
  if (!offsets) return std::move(offsets).error();
  auto source = make_kafka_source(settings.kafka, "wayside-central-reset");
  if (!source) return std::move(source).error();
  std::string cluster_id;
  auto gaps = look(**source, *offsets, cluster_id, now);
  if (!gaps) return std::move(gaps).error();
  if (gaps->empty()) {
    std::printf("Nothing to do: Kafka has every record that central wants next.\n");
    return kDone;
  }
  print_plan(*gaps, cluster_id);
  if (!confirmed(options.yes)) return kRefused;
  WAYSIDE_TRY(offsets->accept(*gaps, now));
  for (const LogGap& gap : *gaps) {
    log_warn("gap_accepted", {{"cluster", cluster_id},
                              {"topic", source_topics()[gap.id.topic].name},
                              {"partition", gap.id.partition},
                              {"kind", to_text(gap.kind)},
                              {"stood_at", gap.next_offset},
                              {"goes_on_at", gap.low}});
  }
  std::printf("Done. Start central again.\n");
  return kDone;
}

}  // namespace

int run_reset(const CentralSettings& settings, const ResetOptions& options) {
  if (options.from != "earliest") {
    print_error(Error{"--from: the only place to go on from is earliest (got " + options.from + ")", "--from earliest"});
    return kRefused;
  }
  auto done = reset(settings, options);
  if (done.ok()) return *done;
  print_error(done.error());
  return kFailed;
}

}  // namespace wayside::central
