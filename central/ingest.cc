#include "central/ingest.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "common/base/fault_point.h"
#include "common/base/log.h"

namespace wayside::central {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kReportEvery = std::chrono::milliseconds(500);
constexpr auto kLookAgainWait = std::chrono::milliseconds(100);
constexpr auto kSlice = std::chrono::milliseconds(100);
constexpr std::string_view kTryKafka = "check that Kafka runs and answers, and kafka.brokers; central goes on by itself";

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
               OperatorDesk& desk, OnBatch on_batch, Bronze* bronze)
    : fold_(fold),
      source_(source),
      clock_(clock),
      options_(options),
      status_(status),
      desk_(desk),
      on_batch_(std::move(on_batch)),
      bronze_(bronze) {}

void Ingest::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto gaps = connect();
    if (!gaps) {
      wait_for_kafka(gaps.error());
      wait(stop, options_.retry_wait);
      continue;
    }
    if (!gaps->empty()) {
      halt(std::move(*gaps), stop);
      continue;
    }
    if (status_.read().state != IngestState::kFolding) log_info("folding", {{"cluster", cluster_id_}});
    status_.update([](IngestReport& report) { report.gaps.clear(); });
    set_state(IngestState::kFolding, {});
    next_verify_ = Steady::now() + options_.verify_every;
    while (!stop.stop_requested() && fold_some(stop)) serve_operators(stop);
  }
  set_state(IngestState::kStopped, {});
}

Result<std::vector<LogGap>> Ingest::connect() {
  auto cluster = source_.find_cluster();
  if (!cluster) return std::move(cluster).error();
  auto changed = fold_.select_cluster(cluster->cluster_id, clock_.wall());
  if (!changed) return std::move(changed).error();
  if (*changed && cluster->cluster_id != cluster_id_) {
    log_warn("cluster_changed", {{"cluster", cluster->cluster_id},
                                 {"partitions_known", fold_.places().size()},
                                 {"what", "unknown partitions are read from their beginning; the ledger is kept"}});
  }
  const PartitionPlaces known = fold_.places();
  auto bounds = begin_partitions(cluster->partitions);
  if (!bounds) return std::move(bounds).error();
  cluster_id_ = cluster->cluster_id;
  status_.update([&](IngestReport& report) {
    report.cluster_id = cluster->cluster_id;
    report.cluster_changed = *changed;
  });
  report_places();
  auto gaps = find_gaps(source_, known, *bounds);
  if (!gaps || !gaps->empty()) return gaps;
  fold_.renew_marks();
  if (auto assigned = source_.assign(begin_at(known, *bounds)); !assigned.ok()) return std::move(assigned).error();
  return gaps;
}

Assignment Ingest::begin_at(const PartitionPlaces& known, const std::map<PartitionId, LogBounds>& bounds) const {
  Assignment assignment;
  for (const auto& [id, place] : fold_.places()) {
    // Kafka may have moved on since it was asked where the new ones begin.
    assignment[id] = known.contains(id) ? std::optional(place.next_offset) : std::nullopt;
    if (bronze_ == nullptr || !known.contains(id)) continue;
    const auto kept = bronze_->next_offset(cluster_id_, id);
    if (!kept || *kept >= place.next_offset) continue;
    // The fold passes over what it has; what Kafka has let go meanwhile bronze will not have.
    assignment[id] = std::clamp(bounds.at(id).low, *kept, place.next_offset);
    log_warn("bronze_behind", {{"topic", source_topics()[id.topic].name},
                               {"partition", id.partition},
                               {"from", *assignment[id]},
                               {"to", place.next_offset},
                               {"missing", *assignment[id] - *kept}});
  }
  return assignment;
}

Result<std::map<PartitionId, LogBounds>> Ingest::begin_partitions(int partitions) {
  std::vector<PartitionId> all;
  for (std::size_t topic = 0; topic < source_topics().size(); ++topic) {
    for (std::int32_t partition = 0; partition < partitions; ++partition) all.push_back({topic, partition});
  }
  auto bounds = source_.bounds(all);
  if (!bounds) return bounds;
  std::map<PartitionId, LogBounds> fresh;
  for (const auto& [id, log] : *bounds) {
    if (!fold_.places().contains(id)) fresh[id] = log;
  }
  if (auto begun = fold_.begin_partitions(fresh); !begun.ok()) return std::move(begun).error();
  return bounds;
}

/// False: connect anew.
bool Ingest::fold_some(const std::stop_token& stop) {
  batch_.clear();
  const PollResult polled = source_.poll(batch_, options_.batch_messages, options_.batch_wait);
  if (!batch_.records.empty() && !fold_until_committed(stop)) return false;
  tend();
  if (Steady::now() >= next_report_) report_places();
  if (polled.outcome != PollOutcome::kOk) {
    look_again(polled, stop);
    return false;
  }
  return Steady::now() < next_verify_;
}

/// A step for the layers; while there is much to do, one after each batch.
void Ingest::tend() {
  if (Steady::now() < next_tend_) return;
  auto more = fold_.tend(clock_.wall());
  if (!more) {
    log_limited(LogLevel::kError, "layers_failed", "layers", {{"error", more.error().message}, {"try", more.error().hint}});
    status_.update([](IngestReport& report) { ++report.fold_errors; });
  }
  if (!more || !*more) next_tend_ = Steady::now() + options_.tend_every;
}

void Ingest::look_again(const PollResult& polled, const std::stop_token& stop) {
  if (polled.outcome == PollOutcome::kNoAnswer) return wait_for_kafka({polled.detail, std::string(kTryKafka)});
  if (polled.outcome == PollOutcome::kClusterChanged) return;
  log_warn("looking_again", {{"why", polled.detail}});
  wait(stop, kLookAgainWait);
}

/// It is asked again for as long as it takes; the map is served meanwhile.
void Ingest::wait_for_kafka(const Error& why) {
  log_limited(LogLevel::kWarn, "kafka_waiting", "kafka", {{"error", why.message}, {"try", why.hint}});
  set_state(IngestState::kWaitingForKafka, why.message);
}

void Ingest::serve_operators(const std::stop_token& stop) {
  while (auto job = desk_.take()) {
    FoldedBatch changed = job(fold_);
    status_.update([&](IngestReport& report) { report.counts += changed.counts; });
    if (!changed.stations.empty()) on_batch_(std::move(changed), stop);
  }
}

/// Raw first: nothing is folded that bronze does not have.
Result<FoldedBatch> Ingest::keep_and_fold(bool& kept) {
  if (!kept) {
    WAYSIDE_TRY(bronze_->write(cluster_id_, batch_.records, batch_.headers, clock_.wall()));
    kept = true;
    fault_point("after_bronze");
  }
  return fold_.fold(batch_.records, clock_.wall());
}

/// False when the stop came first; the batch is then as if never read.
bool Ingest::fold_until_committed(const std::stop_token& stop) {
  bool kept = bronze_ == nullptr;
  for (;;) {
    const auto begin = Steady::now();
    auto folded = keep_and_fold(kept);
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

/// Records between our place and what Kafka still has are gone: passing them over is an operator's decision, not ours.
void Ingest::halt(std::vector<LogGap> gaps, const std::stop_token& stop) {
  const std::string why = "central has stopped folding: " + describe(gaps);
  log_limited(LogLevel::kError, "folding_stopped", cluster_id_,
              {{"cluster", cluster_id_}, {"partitions", gaps.size()}, {"error", why}, {"try", kWhatToRun}});
  status_.update([&](IngestReport& report) { report.gaps = std::move(gaps); });
  set_state(IngestState::kOutOfRange, why);
  wait(stop, options_.halted_wait);
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

/// Operators are served meanwhile.
void Ingest::wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const auto until = Steady::now() + time;
  while (!stop.stop_requested() && Steady::now() < until) {
    serve_operators(stop);
    wake.wait_until(lock, stop, std::min(until, Steady::now() + kSlice), [] { return false; });
  }
}

}  // namespace wayside::central
