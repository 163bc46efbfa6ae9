#include "edge/outbox.h"

#include <algorithm>
#include <random>
#include <unordered_map>

#include "common/base/fault_point.h"
#include "edge/outbox_store.h"

namespace wayside::edge {
namespace {

// A reading's row costs about this much beside its values.
constexpr std::uint64_t kRowBytes = 48;
constexpr std::size_t kAccountsShown = 8;
// At the limit a whole slice goes at once, so that loss statements stay few.
constexpr std::uint64_t kDropSlices = 20;
// Runs in one loss statement: 250 of them, with the largest numbers, stay far below the contract's 16 KiB.
constexpr std::size_t kLossRunsMax = 250;
constexpr const char* kClean = "clean";

struct Settled {
  OutboxId id;
  std::int64_t epoch_pk;
  std::uint64_t bytes;
  Outbox::Outcome outcome;
};

/// What the limit has forced out of one station's account in one epoch.
struct Lost {
  RangeSet seqs;
  std::uint64_t last_seq = 0;
};
using Losses = std::map<std::pair<std::string, std::int64_t>, Lost>;  // by epoch and station_pk

std::uint64_t stored_bytes(std::string_view values) { return values.size() + kRowBytes; }

}  // namespace

std::string random_epoch() {
  std::random_device random;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string epoch(16, '0');
  for (char& digit : epoch) digit = kDigits[random() & 15U];
  return epoch;
}

class Outbox::Impl {
 public:
  Impl(std::unique_ptr<OutboxStore> store, OutboxLimits limits, std::string boot_id)
      : store_(std::move(store)), limits_(std::move(limits)), boot_id_(std::move(boot_id)) {}

  Status start() {
    auto transaction = store_->begin();
    if (!transaction) return std::move(transaction).error();
    WAYSIDE_TRY(load());
    WAYSIDE_TRY(open_epoch());
    return transaction->commit();
  }

  Status accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
    group_ = Group{last_id_, bytes_, totals_, {}, {}};
    auto transaction = store_->begin();
    if (!transaction) return take_back(std::move(transaction).error());
    if (auto status = write_group(readings, memories); !status.ok()) return take_back(std::move(status).error());
    fault_point("before_commit");
    if (auto status = transaction->commit(); !status.ok()) return take_back(std::move(status).error());
    settled_.clear();
    new_infos_.clear();
    fault_point("after_commit");
    return {};
  }

  Status trim() { return settled_.empty() && new_infos_.empty() ? Status() : accept({}, {}); }

  void settle(const StoredReading& stored, Outcome outcome) {
    const auto epoch = std::find_if(totals_.begin(), totals_.end(),
                                    [&](const auto& entry) { return entry.second.epoch == stored.reading.epoch; });
    WAYSIDE_CHECK(epoch != totals_.end());
    settled_.push_back({stored.id, epoch->first, stored_bytes(stored.reading.values), outcome});
  }

  Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) {
    auto transaction = store_->begin();
    if (!transaction) return std::move(transaction).error();
    WAYSIDE_TRY(store_->date(boot_id_, wall_minus_monotonic_ms, boot_start));
    return transaction->commit();
  }

  std::vector<EpochAccount> accounts() const {
    std::vector<EpochAccount> accounts;
    for (auto entry = totals_.rbegin(); entry != totals_.rend(); ++entry) {
      const EpochTotals& totals = entry->second;
      if (accounts.size() >= kAccountsShown && totals.waiting == 0) continue;
      accounts.push_back({totals.epoch, totals.accepted(), totals.receipted, totals.refused, totals.dropped, totals.waiting});
    }
    return accounts;
  }

  std::uint64_t waiting() const {
    std::uint64_t total = 0;
    for (const auto& [pk, totals] : totals_) total += totals.waiting;
    return total;
  }

  bool remember_info(const std::string& station_id, const std::string& json) {
    const std::size_t hash = std::hash<std::string>{}(json);
    const auto [known, fresh] = info_hashes_.try_emplace(station_id, hash);
    if (!fresh && known->second == hash) return false;
    known->second = hash;
    new_infos_[station_id] = json;
    return true;
  }

  Result<std::map<std::string, std::string>> infos() {
    auto written = store_->infos();
    if (!written) return written;
    for (const auto& [station_id, json] : new_infos_) (*written)[station_id] = json;
    return written;
  }

  Status close() {
    WAYSIDE_TRY(trim());
    auto transaction = store_->begin();
    if (!transaction) return std::move(transaction).error();
    for (const auto& [station, last_seq] : last_seq_) WAYSIDE_TRY(store_->write_counter(current_, station, last_seq));
    WAYSIDE_TRY(store_->set_meta(kClean, "1"));
    WAYSIDE_TRY(transaction->commit());
    return store_->checkpoint();
  }

  OutboxStore& store() { return *store_; }
  OutboxId last_id() const { return OutboxId{last_id_}; }
  std::uint64_t bytes() const { return bytes_; }
  const std::string& epoch() const { return totals_.at(current_).epoch; }
  std::size_t settled_waiting() const { return settled_.size(); }

 private:
  /// What was before accept() changed it in memory; taken back when the commit fails.
  struct Group {
    std::int64_t last_id = 0;
    std::uint64_t bytes = 0;
    std::map<std::int64_t, EpochTotals> totals;
    std::map<std::int64_t, std::uint64_t> last_seq;  // of the stations that got a number
    std::vector<std::string> new_stations;
  };

  Error take_back(Error error) {
    last_id_ = group_.last_id;
    bytes_ = group_.bytes;
    totals_ = std::move(group_.totals);
    for (const auto& [station, seq] : group_.last_seq) last_seq_[station] = seq;
    for (const std::string& station : group_.new_stations) station_pks_.erase(station);
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
    return store_->each_station([this](std::string_view id, std::int64_t pk, std::optional<std::string_view> info) {
      station_pks_[std::string(id)] = pk;
      if (info) info_hashes_[std::string(id)] = std::hash<std::string_view>{}(*info);
    });
  }

  /// Goes on in the last epoch after a clean stop, else begins a new one.
  Status open_epoch() {
    auto clean = store_->meta(kClean);
    if (!clean) return std::move(clean).error();
    if (*clean == "1" && !totals_.empty()) {
      current_ = totals_.rbegin()->first;
      auto counters = store_->counters(current_);
      if (!counters) return std::move(counters).error();
      last_seq_.insert(counters->begin(), counters->end());
    } else {
      WAYSIDE_TRY(forget_old_epochs());
      const std::string epoch = random_epoch();
      auto added = store_->add_epoch(epoch);
      if (!added) return std::move(added).error();
      current_ = *added;
      totals_[current_].epoch = epoch;
    }
    return store_->set_meta(kClean, "0");
  }

  /// A new epoch begins with each unclean stop: those in which nothing was accepted, and settled ones that health does
  /// not show any more, need not be kept for ever.
  Status forget_old_epochs() {
    std::size_t kept = 0;
    std::vector<std::int64_t> old;
    for (auto entry = totals_.rbegin(); entry != totals_.rend(); ++entry) {
      const EpochTotals& totals = entry->second;
      if (totals.accepted() == 0 || (totals.waiting == 0 && kept >= kAccountsShown)) {
        old.push_back(entry->first);
      } else {
        ++kept;
      }
    }
    for (const std::int64_t epoch_pk : old) {
      totals_.erase(epoch_pk);
      WAYSIDE_TRY(store_->remove_epoch(epoch_pk));
    }
    return store_->remove_counters();
  }

  Result<std::int64_t> station_pk(const std::string& station_id) {
    if (const auto known = station_pks_.find(station_id); known != station_pks_.end()) return known->second;
    auto added = store_->add_station(station_id);
    if (!added) return added;
    group_.new_stations.push_back(station_id);
    station_pks_[station_id] = *added;
    return added;
  }

  Status write_group(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
    WAYSIDE_TRY(write_settled());
    for (const auto& [station_id, json] : new_infos_) {
      auto station = station_pk(station_id);
      if (!station) return std::move(station).error();
      WAYSIDE_TRY(store_->write_info(*station, json));
    }
    for (const NewReading& reading : readings) {
      const Observation& observation = reading.observation;
      auto station = station_pk(observation.station_id);
      if (!station) return std::move(station).error();
      WAYSIDE_TRY(insert(*station, observation.stream, reading.stamp, observation.values));
    }
    for (const SourceMemory& memory : memories) WAYSIDE_TRY(store_->remember(memory));
    if (bytes_ <= limits_.bytes_max || readings.empty()) return {};
    return drop_oldest(limits_.now ? limits_.now() : readings.back().stamp);
  }

  Status insert(std::int64_t station, Stream stream, const Stamp& stamp, std::string_view values) {
    std::uint64_t& last_seq = last_seq_[station];
    group_.last_seq.try_emplace(station, last_seq);
    WAYSIDE_TRY(store_->insert({++last_id_, current_, station, stream, ++last_seq, values}, stamp, boot_id_));
    bytes_ += stored_bytes(values);
    ++totals_[current_].waiting;
    return {};
  }

  Status write_settled() {
    for (const Settled& settled : settled_) {
      auto removed = store_->remove(static_cast<std::int64_t>(settled.id));
      if (!removed) return std::move(removed).error();
      if (!*removed) continue;  // the limit had forced it out: it counts as dropped
      EpochTotals& totals = totals_[settled.epoch_pk];
      --totals.waiting;
      ++(settled.outcome == Outcome::kReceipted ? totals.receipted : totals.refused);
      bytes_ -= std::min(bytes_, settled.bytes);
    }
    return settled_.empty() ? Status() : write_totals();
  }

  Status write_totals() {
    for (const auto& [pk, totals] : totals_) WAYSIDE_TRY(store_->write_totals(pk, totals));
    return {};
  }

  /// At the limit: the oldest slice goes, and is stated per station and epoch. Loss statements go with it and are stated
  /// again together with what is lost now, so that they never fill the outbox themselves.
  Status drop_oldest(const Stamp& stamp) {
    const std::uint64_t target = limits_.bytes_max - limits_.bytes_max / kDropSlices;
    Losses losses;
    std::vector<std::int64_t> ids;
    WAYSIDE_TRY(store_->each_oldest([&](const ReadingRow& row) {
      ids.push_back(row.id);
      note_loss(row, losses);
      bytes_ -= std::min(bytes_, stored_bytes(row.values));
      return bytes_ > target;
    }));
    for (const std::int64_t id : ids) {
      auto removed = store_->remove(id);
      if (!removed) return std::move(removed).error();
    }
    for (const auto& [place, lost] : losses) WAYSIDE_TRY(state_loss(place.first, place.second, lost, stamp));
    return write_totals();
  }

  void note_loss(const ReadingRow& row, Losses& losses) {
    EpochTotals& totals = totals_[row.epoch_pk];
    --totals.waiting;
    ++totals.dropped;
    Lost& own = losses[{totals.epoch, row.station_pk}];
    own.seqs.insert(row.seq);
    own.last_seq = std::max(own.last_seq, row.epoch_pk == current_ ? last_seq_[row.station_pk] : row.seq);
    if (row.stream != Stream::kLoss) return;
    if (const auto stated = parse_loss(row.values)) {
      Lost& again = losses[{stated->epoch, row.station_pk}];
      for (const SeqRange& range : stated->ranges) again.seqs.insert(range);
      again.last_seq = std::max(again.last_seq, stated->last_seq);
    }
  }

  Status state_loss(const std::string& epoch, std::int64_t station, const Lost& lost, const Stamp& stamp) {
    const std::vector<SeqRange>& runs = lost.seqs.runs();
    for (std::size_t first = 0; first < runs.size(); first += kLossRunsMax) {
      const std::size_t count = std::min(kLossRunsMax, runs.size() - first);
      const auto begin = runs.begin() + static_cast<std::ptrdiff_t>(first);
      const LossStatement loss{epoch, {begin, begin + static_cast<std::ptrdiff_t>(count)}, "outbox_full", lost.last_seq};
      WAYSIDE_TRY(insert(station, Stream::kLoss, stamp, encode_loss(loss)));
    }
    return {};
  }

  std::unique_ptr<OutboxStore> store_;
  OutboxLimits limits_;
  std::string boot_id_;
  std::int64_t last_id_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t current_ = 0;                    // epoch_pk
  std::map<std::int64_t, EpochTotals> totals_;  // by epoch_pk, oldest first
  std::unordered_map<std::string, std::int64_t> station_pks_;
  std::unordered_map<std::string, std::size_t> info_hashes_;
  std::map<std::string, std::string> new_infos_;              // written with the next group
  std::unordered_map<std::int64_t, std::uint64_t> last_seq_;  // of the current epoch, by station_pk
  std::vector<Settled> settled_;
  Group group_;
};

Outbox::Outbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const std::string& path, const OutboxLimits& limits, std::string boot_id) {
  auto store = OutboxStore::open(path);
  if (!store) return std::move(store).error().while_doing("opening the outbox");
  auto impl = std::make_unique<Impl>(std::move(*store), limits, std::move(boot_id));
  if (auto status = impl->start(); !status.ok()) return std::move(status).error().while_doing("opening the outbox " + path);
  return std::unique_ptr<Outbox>(new Outbox(std::move(impl)));
}

Status Outbox::accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
  return impl_->accept(readings, memories);
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
std::vector<EpochAccount> Outbox::accounts() const { return impl_->accounts(); }
std::uint64_t Outbox::waiting() const { return impl_->waiting(); }
std::uint64_t Outbox::bytes() const { return impl_->bytes(); }
const std::string& Outbox::epoch() const { return impl_->epoch(); }
bool Outbox::remember_info(const std::string& station_id, const std::string& json) {
  return impl_->remember_info(station_id, json);
}
Result<std::map<std::string, std::string>> Outbox::infos() { return impl_->infos(); }
Result<std::map<std::string, std::string>> Outbox::memories(const std::string& source) {
  return impl_->store().memories(source);
}
Status Outbox::close() { return impl_->close(); }

}  // namespace wayside::edge
