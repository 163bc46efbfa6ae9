#include "edge/outbox.h"

#include <algorithm>
#include <unordered_map>

#include "common/base/fault_point.h"
#include "edge/epoch_accounts.h"
#include "edge/loss_notes.h"
#include "edge/outbox_fault.h"
#include "edge/outbox_salvage.h"
#include "edge/outbox_stations.h"
#include "edge/outbox_store.h"
#include "edge/settled_readings.h"

namespace wayside::edge {
namespace {

// At the limit a whole slice goes at once, so that loss statements stay few.
constexpr std::uint64_t kDropSlices = 20;
constexpr const char* kClean = "clean";
constexpr const char* kInMemoryFirst = "in_memory_first";  // the epoch that runs, or ran

}  // namespace

class Outbox::Impl {
 public:
  Impl(std::unique_ptr<OutboxStore> store, OutboxLimits limits, FreeBytes disk_free, std::string boot_id)
      : store_(std::move(store)),
        limits_(std::move(limits)),
        room_(limits_.disk_free_min, std::move(disk_free)),
        boot_id_(std::move(boot_id)) {}

  Status start() {
    auto transaction = store_->begin();
    if (!transaction) return std::move(transaction).error();
    WAYSIDE_TRY(load());
    WAYSIDE_TRY(open_epoch());
    return transaction->commit();
  }

  Status accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
    return commit([&] { return write_group(readings, {}, memories); });
  }

  Result<std::vector<NumberedReading>> number(std::vector<NewReading> readings) {
    const auto unseen = [this](const NewReading& reading) { return !stations_.known(reading.observation.station_id); };
    if (std::any_of(readings.begin(), readings.end(), unseen)) WAYSIDE_TRY(commit([&] { return add_stations(readings); }));
    std::vector<NumberedReading> numbered;
    for (NewReading& reading : readings) {
      std::uint64_t& last_seq = last_seq_[stations_.key(reading.observation.station_id)];
      numbered.push_back({OutboxId{++last_id_}, ++last_seq, std::move(reading)});
    }
    return numbered;
  }

  Status keep(std::span<const NumberedReading* const> readings, std::span<const std::string> marks,
              std::span<const SourceMemory> memories) {
    return commit([&]() -> Status {
      WAYSIDE_TRY(write_group({}, readings, memories));
      return write_marks(marks);
    });
  }

  void settle_unkept(Outcome outcome) { ++totals_[current_].settled_as(outcome); }

  Status trim() { return settled_.count() == 0 && !stations_.has_unwritten() ? Status() : accept({}, {}); }

  void settle(const StoredReading& stored, Outcome outcome) {
    const auto epoch = std::find_if(totals_.begin(), totals_.end(),
                                    [&](const auto& entry) { return entry.second.epoch == stored.reading.epoch; });
    WAYSIDE_CHECK(epoch != totals_.end());
    settled_.note(stored, epoch->first, outcome);
  }

  Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) {
    return commit([&]() -> Status {
      WAYSIDE_TRY(write_group({}, {}, {}));
      return store_->date(boot_id_, wall_minus_monotonic_ms, boot_start);
    });
  }

  const Epochs& epochs() const { return totals_; }
  OutboxStations& stations() { return stations_; }

  Status close() {
    WAYSIDE_TRY(trim());
    auto transaction = store_->begin();
    if (!transaction) return std::move(transaction).error();
    for (const auto& [station, last_seq] : last_seq_) WAYSIDE_TRY(store_->write_counter(current_, station, last_seq));
    WAYSIDE_TRY(store_->set_meta(kClean, "1"));
    WAYSIDE_TRY(store_->set_meta(kInMemoryFirst, "0"));
    WAYSIDE_TRY(transaction->commit());
    return store_->checkpoint();
  }

  OutboxStore& store() { return *store_; }
  OutboxId last_id() const { return OutboxId{last_id_}; }
  std::uint64_t bytes() const { return bytes_; }
  const std::string& epoch() const { return totals_.at(current_).epoch; }
  std::size_t settled_waiting() const { return settled_.count(); }
  const std::string& fault() const { return fault_.why(); }

 private:
  /// What was before a commit changed it in memory; taken back when the commit fails.
  struct Group {
    std::int64_t last_id = 0;
    std::uint64_t bytes = 0;
    Epochs totals;
    std::map<std::int64_t, std::uint64_t> last_seq;  // of the stations that got a number
  };

  Status commit(const std::function<Status()>& write) {
    Status status = try_commit(write);
    fault_.note(status);
    return status;
  }

  Status try_commit(const std::function<Status()>& write) {
    if (distrusted_) {
      if (auto status = store_->reopen(); !status.ok()) return std::move(status).error().while_doing("reopening the outbox");
      distrusted_ = false;
    }
    group_ = Group{last_id_, bytes_, totals_, {}};
    auto transaction = store_->begin();
    if (!transaction) return take_back(std::move(transaction).error());
    if (auto status = write(); !status.ok()) return take_back(std::move(status).error());
    fault_point("before_commit");
    if (auto status = transaction->commit(); !status.ok()) return take_back(std::move(status).error());
    settled_.clear();
    stations_.committed();
    fault_point("after_commit");
    return {};
  }

  Error take_back(Error error) {
    distrusted_ = distrusted_ || store_->disk_failed();
    last_id_ = group_.last_id;
    bytes_ = group_.bytes;
    totals_ = std::move(group_.totals);
    for (const auto& [station, seq] : group_.last_seq) last_seq_[station] = seq;
    stations_.rolled_back();
    return std::move(error).while_doing("committing to the outbox");
  }

  Status load() {
    auto epochs = store_->epochs();
    if (!epochs) return std::move(epochs).error();
    totals_ = std::move(*epochs);
    auto last = store_->last_id();
    if (!last) return std::move(last).error();
    last_id_ = *last;
    auto size = store_->size();
    if (!size) return std::move(size).error();
    bytes_ = size->first + size->second * kRowBytes;
    return stations_.load();
  }

  /// Goes on in the last epoch after a clean stop, else begins a new one.
  Status open_epoch() {
    auto clean = store_->meta(kClean);
    if (!clean) return std::move(clean).error();
    auto in_memory = store_->meta(kInMemoryFirst);
    if (!in_memory) return std::move(in_memory).error();
    if (*clean == "1" && !totals_.empty() && !limits_.in_memory_first) {
      current_ = totals_.rbegin()->first;
      auto counters = store_->counters(current_);
      if (!counters) return std::move(counters).error();
      last_seq_.insert(counters->begin(), counters->end());
    } else {
      WAYSIDE_TRY(*in_memory == "1" && !totals_.empty() ? close_lost_epoch() : begin_epoch());
    }
    WAYSIDE_TRY(store_->set_meta(kInMemoryFirst, limits_.in_memory_first ? "1" : "0"));
    return store_->set_meta(kClean, "0");
  }

  Status begin_epoch() {
    WAYSIDE_TRY(forget_old_epochs());
    const std::string epoch = random_epoch();
    auto added = store_->add_epoch(epoch);
    if (!added) return std::move(added).error();
    current_ = *added;
    totals_[current_].epoch = epoch;
    return {};
  }

  /// The last epoch died with readings in memory. What was lost only the receiver can see; how far the numbers went, as
  /// far as it was written, it is told.
  Status close_lost_epoch() {
    const auto [lost_pk, lost] = *totals_.rbegin();
    auto marks = store_->counters(lost_pk);
    if (!marks) return std::move(marks).error();
    WAYSIDE_TRY(begin_epoch());
    const Stamp stamp = limits_.now ? limits_.now() : Stamp();
    for (const auto& [station, last_seq] : *marks) {
      WAYSIDE_TRY(insert(station, Stream::kLoss, stamp, encode_loss({lost.epoch, {}, "epoch_closed", last_seq})));
    }
    return store_->forget_memories();
  }

  Status forget_old_epochs() {
    for (const std::int64_t epoch_pk : forgettable(totals_)) {
      totals_.erase(epoch_pk);
      WAYSIDE_TRY(store_->remove_epoch(epoch_pk));
    }
    return store_->remove_counters();
  }

  Status add_stations(std::span<const NewReading> readings) {
    WAYSIDE_TRY(write_group({}, {}, {}));
    for (const NewReading& reading : readings) {
      if (auto station = stations_.find_or_add(reading.observation.station_id); !station) return std::move(station).error();
    }
    return {};
  }

  /// `readings` get their numbers here; those of `kept` have them.
  Status write_group(std::span<const NewReading> readings, std::span<const NumberedReading* const> kept,
                     std::span<const SourceMemory> memories) {
    if (readings.size() + kept.size() > 0) WAYSIDE_TRY(room_.check());
    WAYSIDE_TRY(write_settled());
    WAYSIDE_TRY(stations_.write_infos());
    for (const NewReading& reading : readings) {
      const Observation& observation = reading.observation;
      auto station = stations_.find_or_add(observation.station_id);
      if (!station) return std::move(station).error();
      WAYSIDE_TRY(insert(*station, observation.stream, reading.stamp, observation.values));
    }
    for (const NumberedReading* numbered : kept) {
      const Observation& observation = numbered->reading.observation;
      const std::int64_t station = stations_.key(observation.station_id);
      const auto id = static_cast<std::int64_t>(numbered->id);
      WAYSIDE_TRY(
          insert_row({id, current_, station, observation.stream, numbered->seq, observation.values}, numbered->reading.stamp));
    }
    for (const SourceMemory& memory : memories) WAYSIDE_TRY(store_->remember(memory));
    if (bytes_ <= limits_.bytes_max || readings.size() + kept.size() == 0) return {};
    if (limits_.now) return drop_oldest(limits_.now());
    return drop_oldest(readings.empty() ? kept.back()->reading.stamp : readings.back().stamp);
  }

  Status write_marks(std::span<const std::string> marks) {
    for (const std::string& station_id : marks) {
      const std::int64_t station = stations_.key(station_id);
      WAYSIDE_TRY(store_->write_counter(current_, station, last_seq_.at(station)));
    }
    return write_totals();
  }

  Status state(const LossNotes& losses, const Stamp& stamp) {
    for (const auto& loss : losses.statements()) WAYSIDE_TRY(insert(loss.station_pk, Stream::kLoss, stamp, loss.values));
    return {};
  }

  Status insert(std::int64_t station, Stream stream, const Stamp& stamp, std::string_view values) {
    std::uint64_t& last_seq = last_seq_[station];
    group_.last_seq.try_emplace(station, last_seq);
    return insert_row({++last_id_, current_, station, stream, ++last_seq, values}, stamp);
  }

  Status insert_row(const ReadingRow& row, const Stamp& stamp) {
    WAYSIDE_TRY(store_->insert(row, stamp, boot_id_));
    bytes_ += stored_bytes(row.values);
    ++totals_[current_].waiting;
    return {};
  }

  Status write_settled() {
    if (settled_.count() == 0) return {};
    LossNotes losses;
    WAYSIDE_TRY(settled_.remove_from(*store_, stations_, totals_, bytes_, losses));
    WAYSIDE_TRY(state(losses, limits_.now ? limits_.now() : Stamp()));
    return write_totals();
  }

  Status write_totals() {
    for (const auto& [pk, totals] : totals_) WAYSIDE_TRY(store_->write_totals(pk, totals));
    return {};
  }

  /// At the limit: of what was there before this group the oldest slice goes, and is stated per station and epoch. All
  /// loss statements are stated anew together with it: there is never more than one (or its pieces) for a station's epoch.
  Status drop_oldest(const Stamp& stamp) {
    const std::uint64_t target = limits_.bytes_max - limits_.bytes_max / kDropSlices;
    LossNotes losses;
    std::vector<std::int64_t> ids;
    const auto take = [&](const ReadingRow& row) {
      ids.push_back(row.id);
      note_loss(row, losses);
      bytes_ -= std::min(bytes_, stored_bytes(row.values));
    };
    WAYSIDE_TRY(store_->each_loss([&](const ReadingRow& row) { take(row); }));
    WAYSIDE_TRY(store_->each_oldest([&](const ReadingRow& row) {
      if (row.id > group_.last_id || bytes_ + losses.bytes() <= target) return false;
      if (row.stream != Stream::kLoss) take(row);
      return true;
    }));
    for (const std::int64_t id : ids) {
      auto removed = store_->remove(id);
      if (!removed) return std::move(removed).error();
    }
    WAYSIDE_TRY(state(losses, stamp));
    // Pushing back comes before dropping what has only just come in.
    if (bytes_ > limits_.bytes_max) return Error{"the outbox is too small for what comes in at a time", "raise outbox.max_mb"};
    return write_totals();
  }

  void note_loss(const ReadingRow& row, LossNotes& losses) {
    EpochTotals& totals = totals_[row.epoch_pk];
    --totals.waiting;
    ++totals.dropped;
    losses.add(totals.epoch, row, row.epoch_pk == current_ ? last_seq_[row.station_pk] : row.seq);
  }

  std::unique_ptr<OutboxStore> store_;
  OutboxStations stations_{*store_};
  OutboxLimits limits_;
  DiskRoom room_;
  std::string boot_id_;
  std::int64_t last_id_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t current_ = 0;  // epoch_pk
  Epochs totals_;
  std::unordered_map<std::int64_t, std::uint64_t> last_seq_;  // of the current epoch, by station_pk
  SettledReadings settled_;
  Group group_;
  bool distrusted_ = false;  // the disk has failed under this connection: not used before reopen()
  OutboxFault fault_;
};

Outbox::Outbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const std::string& path, const OutboxLimits& limits, std::string boot_id) {
  auto store = open_or_salvage(path, limits.now ? limits.now() : Stamp(), boot_id);
  if (!store) return std::move(store).error().while_doing("opening the outbox");
  FreeBytes free = limits.disk_free ? limits.disk_free : free_bytes_of(path);
  auto impl = std::make_unique<Impl>(std::move(*store), limits, std::move(free), std::move(boot_id));
  if (auto status = impl->start(); !status.ok()) return std::move(status).error().while_doing("opening the outbox " + path);
  return std::unique_ptr<Outbox>(new Outbox(std::move(impl)));
}

Status Outbox::accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
  return impl_->accept(readings, memories);
}
Result<std::vector<NumberedReading>> Outbox::number(std::vector<NewReading> readings) {
  return impl_->number(std::move(readings));
}
Status Outbox::keep(std::span<const NumberedReading* const> readings, std::span<const std::string> marks,
                    std::span<const SourceMemory> memories) {
  return impl_->keep(readings, marks, memories);
}
void Outbox::settle_unkept(Outcome outcome) { impl_->settle_unkept(outcome); }
Status Outbox::take(std::vector<NewReading> readings, std::vector<SourceMemory> memories, Accepted accepted) {
  WAYSIDE_TRY(accept(readings, memories));
  accepted({});
  return {};
}
Result<std::vector<StoredReading>> Outbox::read(OutboxId after, OutboxId until, std::size_t limit) {
  auto found = impl_->store().read(after, until, limit);
  if (!found) return std::move(found).error().while_doing("reading the outbox");
  return found;
}
OutboxId Outbox::last_id() const { return impl_->last_id(); }
void Outbox::settle(const StoredReading& stored, Outcome outcome) { impl_->settle(stored, outcome); }
std::size_t Outbox::settled_waiting() const { return impl_->settled_waiting(); }
Status Outbox::trim() { return impl_->trim(); }
Status Outbox::date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) {
  return impl_->date_readings(wall_minus_monotonic_ms, boot_start);
}
std::vector<EpochAccount> Outbox::accounts() const { return epoch_accounts(impl_->epochs()); }
std::uint64_t Outbox::waiting() const { return waiting_of(impl_->epochs()); }
std::uint64_t Outbox::bytes() const { return impl_->bytes(); }
const std::string& Outbox::epoch() const { return impl_->epoch(); }
bool Outbox::remember_info(const std::string& station_id, const std::string& json) {
  return impl_->stations().remember_info(station_id, json);
}
void Outbox::forget_info(const std::string& station_id) { impl_->stations().forget_info(station_id); }
Result<std::map<std::string, std::string>> Outbox::infos() { return impl_->stations().infos(); }
Result<std::map<std::string, std::string>> Outbox::memories(const std::string& source) {
  return impl_->store().memories(source);
}
const std::string& Outbox::fault() const { return impl_->fault(); }
Status Outbox::close() { return impl_->close(); }

}  // namespace wayside::edge
