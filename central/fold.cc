#include "central/fold.h"

#include <algorithm>

#include "common/base/fault_point.h"
#include "common/base/mutant.h"

namespace wayside::central {
namespace {

/// Mutant: offsets in a transaction of their own, before the rows.
Status commit_offsets_first(SqlDatabase& database, OffsetStore& offsets, std::span<const Record> records) {
  auto transaction = SqlTransaction::begin(database);
  if (!transaction) return std::move(transaction).error();
  std::map<PartitionId, std::int64_t> ends;
  for (const Record& record : records) ends[{record.topic, record.partition}] = record.offset + 1;
  for (const auto& [id, end] : ends) {
    PartitionPlace& place = offsets.places().at(id);
    place.last = nullptr;  // a record of the batch before
    const std::int64_t before = place.next_offset;
    if (end > before) WAYSIDE_TRY(offsets.save(id, before, end));
  }
  return transaction->commit();
}

}  // namespace

FoldCounts& FoldCounts::operator+=(const FoldCounts& other) {
  records += other.records;
  for (std::size_t i = 0; i < readings.size(); ++i) readings[i] += other.readings[i];
  repeated += other.repeated;
  unnumbered += other.unnumbered;
  late += other.late;
  too_old += other.too_old;
  for (std::size_t i = 0; i < refused.size(); ++i) refused[i] += other.refused[i];
  dead_letters += other.dead_letters;
  limited += other.limited;
  return *this;
}

Fold::Fold(SqlDatabase& database, FoldOptions options, OffsetStore offsets, StationStore stations, AccountStore accounts,
           ReadingStore readings, QuarantineStore quarantine, HealthStore health)
    : database_(database),
      options_(options),
      offsets_(std::move(offsets)),
      stations_(std::move(stations)),
      accounts_(std::move(accounts)),
      readings_(std::move(readings)),
      quarantine_(std::move(quarantine)),
      health_(std::move(health)) {}

Result<std::unique_ptr<Fold>> Fold::open(SqlDatabase& database, FoldOptions options) {
  auto offsets = OffsetStore::open(database);
  if (!offsets) return std::move(offsets).error();
  auto stations = StationStore::open(database);
  if (!stations) return std::move(stations).error();
  auto accounts = AccountStore::open(database);
  if (!accounts) return std::move(accounts).error();
  auto readings = ReadingStore::open(database, options.keep_readings, options.layers.silver_days);
  if (!readings) return std::move(readings).error();
  auto quarantine = QuarantineStore::open(database, options.quarantine);
  if (!quarantine) return std::move(quarantine).error();
  auto health = HealthStore::open(database);
  if (!health) return std::move(health).error();
  auto fold = std::unique_ptr<Fold>(new Fold(database, options, std::move(*offsets), std::move(*stations), std::move(*accounts),
                                             std::move(*readings), std::move(*quarantine), std::move(*health)));
  auto layers = LayerKeeper::open(database, fold->readings_.days(), options.layers);
  if (!layers) return std::move(layers).error();
  fold->layers_ = std::move(*layers);
  return fold;
}

Result<FoldedBatch> Fold::fold(std::span<const Record> records, UtcTime now) {
  if (auto begun = begin_batch(now); !begun.ok()) return std::move(begun).error();
  if (mutant("offsets_before_rows")) {
    if (auto early = commit_offsets_first(database_, offsets_, records); !early.ok()) return std::move(early).error();
  }
  return commit_batch([&] { return apply_all(records); });
}

Status Fold::begin_batch(UtcTime now) {
  now_ = now;
  counts_ = {};
  touched_.clear();
  confirmed_.clear();
  dirty_accounts_.clear();
  offsets_before_.clear();
  return stale_ ? reload() : Status();
}

Result<FoldedBatch> Fold::commit_batch(const std::function<Status()>& work) {
  if (auto worked = work_in_transaction(work); !worked.ok()) {
    stale_ = true;
    return std::move(worked).error();
  }
  fault_point("after_commit");
  FoldedBatch batch;
  batch.counts = counts_;
  batch.stations.reserve(touched_.size());
  for (Station* station : touched_) {
    station->touched = false;
    batch.stations.push_back(change_of(*station));
  }
  return batch;
}

Status Fold::work_in_transaction(const std::function<Status()>& work) {
  auto transaction = SqlTransaction::begin(database_);
  if (!transaction) return std::move(transaction).error();
  WAYSIDE_TRY(work());
  WAYSIDE_TRY(save_all());
  fault_point("before_commit");
  return transaction->commit();
}

Status Fold::apply_all(std::span<const Record> records) {
  for (const Record& record : records) {
    const PartitionId id{record.topic, record.partition};
    const auto found = offsets_.places().find(id);
    WAYSIDE_CHECK(found != offsets_.places().end());
    PartitionPlace& place = found->second;
    if (record.offset < place.next_offset) continue;
    offsets_before_.try_emplace(id, place.next_offset);
    WAYSIDE_TRY(apply(record));
    place.next_offset = record.offset + 1;
    place.last = &record;
    ++counts_.records;
  }
  return {};
}

Status Fold::save_all() {
  for (Station* station : touched_) WAYSIDE_TRY(stations_.save(*station));
  for (Station* station : confirmed_) WAYSIDE_TRY(stations_.save(*station));
  for (Account* account : dirty_accounts_) {
    if (!account->dirty) continue;
    WAYSIDE_TRY(accounts_.save(*account));
    account->dirty = false;
  }
  WAYSIDE_TRY(quarantine_.trim());
  return mutant("offsets_before_rows") ? Status() : save_offsets();
}

Status Fold::save_offsets() {
  for (const auto& [id, before] : offsets_before_) WAYSIDE_TRY(offsets_.save(id, before, offsets_.places()[id].next_offset));
  return {};
}

/// After a transaction that failed, memory is what the database says, all of it, before anything is folded on top.
Status Fold::reload() {
  WAYSIDE_TRY(stations_.reload(database_));
  WAYSIDE_TRY(readings_.reload(database_));
  WAYSIDE_TRY(quarantine_.reload(database_));
  WAYSIDE_TRY(offsets_.reload());
  stale_ = false;
  return {};
}

Status Fold::apply(const Record& record) {
  switch (source_topics()[record.topic].kind) {
    case TopicKind::kInformation: return apply_information(record);
    case TopicKind::kHealth: return apply_health(record);
    case TopicKind::kDeadLetter: return apply_dead_letter(record);
    case TopicKind::kReading: return apply_reading(record);
  }
  return {};
}

Result<bool> Fold::tend(UtcTime now) {
  if (stale_) {
    if (auto read = reload(); !read.ok()) return std::move(read).error();
  }
  auto stepped = layers_->step(now);
  if (!stepped) stale_ = true;
  return stepped;
}

void Fold::touch(Station& station) {
  if (station.touched) return;
  station.touched = true;
  touched_.push_back(&station);
}

std::int64_t Fold::silent_after_ms(const Station& station, Stream stream) const {
  const double said = station.info == nullptr ? 0 : station.info->report_interval_s[static_cast<std::size_t>(stream)];
  return static_cast<std::int64_t>((said > 0 ? said : static_cast<double>(options_.report_interval_s)) * 5000);
}

StationChange Fold::change_of(const Station& station) const {
  return {station.id, stations_.agent_name(station.owner), station.shown(), station.info, station.streams};
}

std::vector<StationChange> Fold::all_stations() const {
  std::vector<StationChange> all;
  for (const auto& station : stations_.stations()) {
    if (station->shown()) all.push_back(change_of(*station));
  }
  return all;
}

}  // namespace wayside::central
