#include "central/ingest.h"

#include <condition_variable>
#include <mutex>

#include "common/base/log.h"

namespace wayside::central {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kReportEvery = std::chrono::milliseconds(500);
constexpr auto kHaltedCheck = std::chrono::seconds(5);

}  // namespace

std::string_view to_text(IngestState state) {
  switch (state) {
    case IngestState::kWaitingForKafka: return "waiting_for_kafka";
    case IngestState::kFolding: return "ok";
    case IngestState::kDatabaseError: return "database_error";
    case IngestState::kOutOfRange: return "offset_out_of_range";
    case IngestState::kStopped: return "stopped";
  }
  return "";
}

Ingest::Ingest(Fold& fold, RecordSource& source, const Clock& clock, IngestOptions options, IngestStatus& status,
               OnBatch on_batch)
    : fold_(fold), source_(source), clock_(clock), options_(options), status_(status), on_batch_(std::move(on_batch)) {}

void Ingest::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (auto connected = connect(); !connected.ok()) {
      log_limited(LogLevel::kWarn, "kafka_waiting", "kafka",
                  {{"error", connected.error().message}, {"try", connected.error().hint}});
      set_state(IngestState::kWaitingForKafka, connected.error().message);
      wait(stop, options_.retry_wait);
      continue;
    }
    log_info("folding", {{"cluster", cluster_id_}});
    set_state(IngestState::kFolding, {});
    while (!stop.stop_requested() && fold_some(stop)) {
    }
  }
  set_state(IngestState::kStopped, {});
}

Status Ingest::connect() {
  auto cluster = source_.find_cluster();
  if (!cluster) return std::move(cluster).error();
  auto changed = fold_.select_cluster(cluster->cluster_id, clock_.wall());
  if (!changed) return std::move(changed).error();
  if (*changed) {
    log_warn("cluster_changed", {{"cluster", cluster->cluster_id},
                                 {"partitions_known", fold_.places().size()},
                                 {"what", "unknown partitions are read from their beginning; the ledger is kept"}});
  }
  std::vector<PartitionId> fresh;
  for (std::size_t topic = 0; topic < source_topics().size(); ++topic) {
    for (std::int32_t partition = 0; partition < cluster->partitions; ++partition) {
      if (!fold_.places().contains({topic, partition})) fresh.push_back({topic, partition});
    }
  }
  auto lows = source_.low_watermarks(fresh);
  if (!lows) return std::move(lows).error();
  WAYSIDE_TRY(fold_.begin_partitions(*lows));
  Assignment assignment;
  for (const auto& [id, place] : fold_.places()) assignment[id] = place.next_offset;
  // Kafka may have moved on since it was asked where they begin.
  for (const PartitionId& id : fresh) assignment[id] = std::nullopt;
  WAYSIDE_TRY(source_.assign(assignment));
  cluster_id_ = cluster->cluster_id;
  status_.update([&](IngestReport& report) {
    report.cluster_id = cluster->cluster_id;
    report.cluster_changed = *changed;
  });
  report_places();
  return {};
}

/// False: connect anew.
bool Ingest::fold_some(const std::stop_token& stop) {
  batch_.clear();
  const PollResult polled = source_.poll(batch_, options_.batch_messages, options_.batch_wait);
  if (!batch_.records.empty() && !fold_until_committed(stop)) return false;
  if (Steady::now() >= next_report_) report_places();
  switch (polled.outcome) {
    case PollOutcome::kOk: return true;
    case PollOutcome::kClusterChanged: return false;
    case PollOutcome::kOutOfRange: halt(polled.detail, stop); return false;
  }
  return false;
}

/// False when the stop came first; the batch is then as if never read.
bool Ingest::fold_until_committed(const std::stop_token& stop) {
  for (;;) {
    const auto begin = Steady::now();
    auto folded = fold_.fold(batch_.records, clock_.wall());
    const std::chrono::duration<double> took = Steady::now() - begin;
    if (folded.ok()) {
      status_.update([&](IngestReport& report) {
        report.counts += folded->counts;
        ++report.batches;
        report.fold_seconds += took.count();
        report.state = IngestState::kFolding;
        report.detail.clear();
      });
      on_batch_(std::move(*folded), stop);
      return true;
    }
    log_limited(LogLevel::kError, "fold_failed", "fold", {{"error", folded.error().message}, {"try", folded.error().hint}});
    status_.update([](IngestReport& report) { ++report.fold_errors; });
    set_state(IngestState::kDatabaseError, folded.error().message);
    wait(stop, options_.retry_wait);
    if (stop.stop_requested()) return false;
  }
}

/// Readings between our offset and what Kafka still has are gone: skipping them is an operator's decision, not ours.
void Ingest::halt(const std::string& detail, const std::stop_token& stop) {
  const std::string why = "Kafka no longer has the offset to go on from: " + detail;
  log_error("folding_stopped", {{"cluster", cluster_id_},
                                {"error", why},
                                {"try",
                                 "restore Kafka's log; or accept the gap: stop central and delete the partition's row "
                                 "from table partition_offset, so that it begins at what Kafka still has"}});
  set_state(IngestState::kOutOfRange, why);
  while (!stop.stop_requested()) {
    wait(stop, kHaltedCheck);
    const auto cluster = source_.find_cluster();
    if (cluster.ok() && cluster->cluster_id != cluster_id_) return;
  }
}

void Ingest::report_places() {
  next_report_ = Steady::now() + kReportEvery;
  const auto highs = source_.high_watermarks();
  std::vector<PartitionStatus> partitions;
  for (const auto& [id, place] : fold_.places()) {
    const auto high = highs.find(id);
    partitions.push_back({source_topics()[id.topic].name, id.partition, place.began_at, place.next_offset,
                          high == highs.end() ? -1 : high->second});
  }
  status_.update([&](IngestReport& report) { report.partitions = std::move(partitions); });
}

void Ingest::set_state(IngestState state, const std::string& detail) {
  status_.update([&](IngestReport& report) {
    report.state = state;
    report.detail = detail;
  });
}

void Ingest::wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace wayside::central
