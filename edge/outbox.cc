#include "edge/outbox.h"

#include <algorithm>
#include <random>
#include <unordered_map>

#include "common/base/fault_point.h"
#include "common/base/sqlite.h"

namespace wayside::edge {
namespace {

// A reading's row costs about this much beside its values.
constexpr std::uint64_t kRowBytes = 48;
constexpr std::size_t kAccountsShown = 8;
// At the limit a whole slice goes at once, so that loss statements stay few.
constexpr std::uint64_t kDropSlices = 20;

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epoch(
  epoch_pk INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE,
  receipted INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS station(station_pk INTEGER PRIMARY KEY, station_id TEXT NOT NULL UNIQUE, info TEXT);
-- Highest settled seq; those still in `reading` may be higher.
CREATE TABLE IF NOT EXISTS counter(
  epoch_pk INTEGER NOT NULL, station_pk INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  PRIMARY KEY(epoch_pk, station_pk)) WITHOUT ROWID;
-- observed_at is NULL until the time is known; then boot and monotonic are not needed any more.
CREATE TABLE IF NOT EXISTS reading(
  id INTEGER PRIMARY KEY, epoch_pk INTEGER NOT NULL, station_pk INTEGER NOT NULL, stream INTEGER NOT NULL,
  seq INTEGER NOT NULL, observed_at INTEGER, clock INTEGER NOT NULL, boot TEXT, monotonic INTEGER, vals TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memory(source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(source, key)) WITHOUT ROWID;
)sql";

constexpr const char* kReadColumns =
    "SELECT r.id, s.station_id, r.stream, e.epoch, r.seq, r.observed_at, r.clock, r.vals FROM reading r "
    "JOIN station s USING(station_pk) JOIN epoch e USING(epoch_pk) ";

struct Totals {
  std::string epoch;
  std::uint64_t receipted = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;
  std::uint64_t waiting = 0;

  EpochAccount account() const {
    return {epoch, receipted + refused + dropped + waiting, receipted, refused, dropped, waiting};
  }
};

struct Settled {
  OutboxId id;
  std::int64_t epoch_pk;
  std::int64_t station_pk;
  std::uint64_t seq;
  std::uint64_t bytes;
  Outbox::Outcome outcome;
};

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
  Impl(SqlDatabase database, const OutboxLimits& limits, std::string boot_id)
      : database_(std::move(database)), limits_(limits), boot_id_(std::move(boot_id)) {}

  Status start() {
    WAYSIDE_TRY(database_.execute("PRAGMA wal_autocheckpoint=1000"));
    auto transaction = SqlTransaction::begin(database_);
    if (!transaction) return std::move(transaction).error();
    WAYSIDE_TRY(database_.execute(kSchema));
    WAYSIDE_TRY(prepare_all());
    WAYSIDE_TRY(load_totals());
    WAYSIDE_TRY(load_stations());
    WAYSIDE_TRY(open_epoch());
    WAYSIDE_TRY(load_counters());
    return transaction->commit();
  }

  Status accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
    const Undo undo(*this);
    auto transaction = SqlTransaction::begin(database_);
    if (!transaction) return undo.back(std::move(transaction).error());
    if (auto status = write_group(readings, memories); !status.ok()) return undo.back(std::move(status).error());
    fault_point("before_commit");
    if (auto status = transaction->commit(); !status.ok()) return undo.back(std::move(status).error());
    settled_.clear();
    new_infos_.clear();
    fault_point("after_commit");
    return {};
  }

  Status trim() { return settled_.empty() && new_infos_.empty() ? Status() : accept({}, {}); }

  Result<std::vector<StoredReading>> read(OutboxId after, OutboxId until, std::size_t limit) {
    read_.reset();
    read_.bind(1, static_cast<std::int64_t>(after)).bind(2, static_cast<std::int64_t>(until));
    read_.bind(3, static_cast<std::int64_t>(limit));
    std::vector<StoredReading> found;
    for (;;) {
      auto row = read_.step();
      if (!row) return std::move(row).error().while_doing("reading the outbox");
      if (!*row) return found;
      found.push_back(stored(read_));
    }
  }

  Result<std::optional<StoredReading>> find(OutboxId id) {
    auto found = read(OutboxId{static_cast<std::int64_t>(id) - 1}, id, 1);
    if (!found) return std::move(found).error();
    if (found->empty()) return std::optional<StoredReading>();
    return std::optional<StoredReading>(std::move(found->front()));
  }

  void settle(const StoredReading& stored, Outcome outcome) {
    const auto epoch = std::find_if(totals_.begin(), totals_.end(),
                                    [&](const auto& entry) { return entry.second.epoch == stored.reading.epoch; });
    const auto station = station_pks_.find(stored.reading.station_id);
    WAYSIDE_CHECK(epoch != totals_.end() && station != station_pks_.end());
    settled_.push_back({stored.id, epoch->first, station->second, stored.reading.seq,
                        stored_bytes(stored.reading.values), outcome});
  }

  Status date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) {
    auto mine = database_.prepare(
        "UPDATE reading SET observed_at=monotonic+?1, clock=?2 WHERE observed_at IS NULL AND boot=?3");
    if (!mine) return std::move(mine).error();
    mine->bind(1, wall_minus_monotonic_ms).bind(2, std::int64_t{static_cast<int>(ClockQuality::kDated)});
    WAYSIDE_TRY(mine->bind(3, std::string_view(boot_id_)).run());
    auto older = database_.prepare("UPDATE reading SET observed_at=?1, clock=?2 WHERE observed_at IS NULL");
    if (!older) return std::move(older).error();
    return older->bind(1, boot_start.ms).bind(2, std::int64_t{static_cast<int>(ClockQuality::kUnknown)}).run();
  }

  std::vector<EpochAccount> accounts() const {
    std::vector<EpochAccount> accounts;
    for (auto entry = totals_.rbegin(); entry != totals_.rend(); ++entry) {
      if (accounts.size() < kAccountsShown || entry->second.waiting > 0) accounts.push_back(entry->second.account());
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

  Result<std::map<std::string, std::string>> pairs(std::string_view sql, const std::string* argument) {
    auto statement = database_.prepare(sql);
    if (!statement) return std::move(statement).error();
    if (argument != nullptr) statement->bind(1, std::string_view(*argument));
    std::map<std::string, std::string> found;
    for (;;) {
      auto row = statement->step();
      if (!row) return std::move(row).error();
      if (!*row) return found;
      found.emplace(statement->text(0), statement->text(1));
    }
  }

  Status close() {
    WAYSIDE_TRY(trim());
    auto transaction = SqlTransaction::begin(database_);
    if (!transaction) return std::move(transaction).error();
    for (const auto& [station, last_seq] : last_seq_) WAYSIDE_TRY(write_counter(current_, station, last_seq));
    WAYSIDE_TRY(set_meta("clean", "1"));
    WAYSIDE_TRY(transaction->commit());
    return database_.checkpoint("TRUNCATE");
  }

  std::int64_t last_id_ = 0;
  std::uint64_t bytes_ = 0;
  const std::string& epoch() const { return totals_.at(current_).epoch; }
  std::size_t settled_waiting() const { return settled_.size(); }

 private:
  /// What accept() changes in memory before its commit; taken back when the commit fails.
  struct Undo {
    explicit Undo(Impl& impl)
        : impl_(impl), last_id(impl.last_id_), bytes(impl.bytes_), totals(impl.totals_), settled(impl.settled_) {}
    Error back(Error error) const {
      impl_.last_id_ = last_id;
      impl_.bytes_ = bytes;
      impl_.totals_ = totals;
      impl_.settled_ = settled;
      for (const auto& [station, seq] : impl_.numbered_) impl_.last_seq_[station] = seq;
      for (const std::string& station : impl_.new_stations_) impl_.station_pks_.erase(station);
      impl_.begin_group();
      return std::move(error).while_doing("committing to the outbox");
    }
    Impl& impl_;
    std::int64_t last_id;
    std::uint64_t bytes;
    std::map<std::int64_t, Totals> totals;
    std::vector<Settled> settled;
  };

  void begin_group() {
    numbered_.clear();
    new_stations_.clear();
  }

  Status prepare_all() {
    const auto prepare = [this](SqlStatement& statement, std::string_view sql) -> Status {
      auto prepared = database_.prepare(sql);
      if (!prepared) return std::move(prepared).error();
      statement = std::move(*prepared);
      return {};
    };
    WAYSIDE_TRY(prepare(insert_, "INSERT INTO reading VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"));
    WAYSIDE_TRY(prepare(remove_, "DELETE FROM reading WHERE id=?1"));
    WAYSIDE_TRY(prepare(read_, std::string(kReadColumns) +
                                   "WHERE r.id>?1 AND r.id<=?2 AND r.observed_at IS NOT NULL ORDER BY r.id LIMIT ?3"));
    WAYSIDE_TRY(prepare(add_station_, "INSERT INTO station(station_id) VALUES(?1)"));
    WAYSIDE_TRY(prepare(inform_, "UPDATE station SET info=?1 WHERE station_pk=?2"));
    WAYSIDE_TRY(prepare(remember_, "INSERT INTO memory VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET value=excluded.value"));
    WAYSIDE_TRY(prepare(count_, "INSERT INTO counter VALUES(?1,?2,?3) ON CONFLICT DO UPDATE "
                                "SET last_seq=max(last_seq, excluded.last_seq)"));
    WAYSIDE_TRY(prepare(total_, "UPDATE epoch SET receipted=?1, refused=?2, dropped=?3 WHERE epoch_pk=?4"));
    return prepare(oldest_, "SELECT id, epoch_pk, station_pk, seq, length(vals) FROM reading "
                            "WHERE stream<>?1 ORDER BY id LIMIT ?2");
  }

  Status load_totals() {
    auto totals = database_.prepare(
        "SELECT epoch_pk, epoch, receipted, refused, dropped, "
        "(SELECT count(*) FROM reading r WHERE r.epoch_pk=e.epoch_pk) FROM epoch e");
    if (!totals) return std::move(totals).error();
    for (;;) {
      auto row = totals->step();
      if (!row) return std::move(row).error();
      if (!*row) break;
      const auto number = [&](int column) { return static_cast<std::uint64_t>(totals->integer(column)); };
      totals_[totals->integer(0)] = {std::string(totals->text(1)), number(2), number(3), number(4), number(5)};
    }
    auto last = database_.query_integer("SELECT max(id) FROM reading");
    if (!last) return std::move(last).error();
    last_id_ = last->value_or(0);
    auto bytes = database_.query_integer("SELECT sum(length(vals)) + count(*) * " + std::to_string(kRowBytes) + " FROM reading");
    if (!bytes) return std::move(bytes).error();
    bytes_ = static_cast<std::uint64_t>(bytes->value_or(0));
    return {};
  }

  Status load_stations() {
    auto stations = database_.prepare("SELECT station_id, station_pk, info FROM station");
    if (!stations) return std::move(stations).error();
    for (;;) {
      auto row = stations->step();
      if (!row) return std::move(row).error();
      if (!*row) return {};
      const std::string station_id(stations->text(0));
      station_pks_[station_id] = stations->integer(1);
      if (!stations->is_null(2)) info_hashes_[station_id] = std::hash<std::string_view>{}(stations->text(2));
    }
  }

  /// Goes on in the last epoch after a clean stop, else begins a new one.
  Status open_epoch() {
    auto clean = database_.query_text("SELECT value FROM meta WHERE key='clean'");
    if (!clean) return std::move(clean).error();
    if (clean->value_or("0") == "1" && !totals_.empty()) {
      current_ = totals_.rbegin()->first;
    } else {
      auto insert = database_.prepare("INSERT INTO epoch(epoch) VALUES(?1)");
      if (!insert) return std::move(insert).error();
      const std::string epoch = random_epoch();
      WAYSIDE_TRY(insert->bind(1, std::string_view(epoch)).run());
      current_ = database_.last_insert_rowid();
      totals_[current_].epoch = epoch;
    }
    return set_meta("clean", "0");
  }

  Status load_counters() {
    auto counters = database_.prepare(
        "SELECT station_pk, max(last_seq) FROM (SELECT station_pk, last_seq FROM counter WHERE epoch_pk=?1 "
        "UNION ALL SELECT station_pk, max(seq) FROM reading WHERE epoch_pk=?1 GROUP BY station_pk) GROUP BY station_pk");
    if (!counters) return std::move(counters).error();
    counters->bind(1, current_);
    for (;;) {
      auto row = counters->step();
      if (!row) return std::move(row).error();
      if (!*row) return {};
      last_seq_[counters->integer(0)] = static_cast<std::uint64_t>(counters->integer(1));
    }
  }

  Status set_meta(std::string_view key, std::string_view value) {
    auto set = database_.prepare("INSERT INTO meta VALUES(?1,?2) ON CONFLICT DO UPDATE SET value=excluded.value");
    if (!set) return std::move(set).error();
    return set->bind(1, key).bind(2, value).run();
  }

  Result<std::int64_t> station_pk(const std::string& station_id) {
    if (const auto known = station_pks_.find(station_id); known != station_pks_.end()) return known->second;
    if (auto status = add_station_.bind(1, std::string_view(station_id)).run(); !status.ok()) return std::move(status).error();
    new_stations_.push_back(station_id);
    return station_pks_[station_id] = database_.last_insert_rowid();
  }

  Status write_group(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
    begin_group();
    WAYSIDE_TRY(write_settled());
    for (const auto& [station_id, json] : new_infos_) WAYSIDE_TRY(write_info(station_id, json));
    for (const NewReading& reading : readings) {
      WAYSIDE_TRY(insert(reading.observation.station_id, reading.observation.stream, reading.stamp, reading.observation.values));
    }
    for (const auto& [source, memory] : memories) {
      remember_.bind(1, std::string_view(source)).bind(2, std::string_view(memory.key));
      WAYSIDE_TRY(remember_.bind(3, std::string_view(memory.value)).run());
    }
    return bytes_ > limits_.bytes_max && !readings.empty() ? drop_oldest(readings.back().stamp) : Status();
  }

  Status insert(const std::string& station_id, Stream stream, const Stamp& stamp, std::string_view values) {
    auto station = station_pk(station_id);
    if (!station) return std::move(station).error();
    std::uint64_t& last_seq = last_seq_[*station];
    numbered_.try_emplace(*station, last_seq);
    insert_.bind(1, ++last_id_).bind(2, current_).bind(3, *station).bind(4, std::int64_t{static_cast<int>(stream)});
    insert_.bind(5, static_cast<std::int64_t>(++last_seq)).bind(7, std::int64_t{static_cast<int>(stamp.clock)});
    insert_.bind(10, values);
    if (stamp.observed_at) {
      insert_.bind(6, stamp.observed_at->ms).bind_null(8).bind_null(9);
    } else {
      insert_.bind_null(6).bind(8, std::string_view(boot_id_)).bind(9, std::int64_t{stamp.monotonic.count()});
    }
    WAYSIDE_TRY(insert_.run());
    bytes_ += stored_bytes(values);
    ++totals_[current_].waiting;
    return {};
  }

  Status write_info(const std::string& station_id, const std::string& json) {
    auto station = station_pk(station_id);
    if (!station) return std::move(station).error();
    return inform_.bind(1, std::string_view(json)).bind(2, *station).run();
  }

  Status write_settled() {
    if (settled_.empty()) return {};
    std::map<std::pair<std::int64_t, std::int64_t>, std::uint64_t> highest;
    for (const Settled& settled : settled_) {
      WAYSIDE_TRY(remove_.bind(1, static_cast<std::int64_t>(settled.id)).run());
      if (database_.changes() == 0) continue;  // the limit had forced it out: it counts as dropped
      Totals& totals = totals_[settled.epoch_pk];
      --totals.waiting;
      ++(settled.outcome == Outcome::kReceipted ? totals.receipted : totals.refused);
      bytes_ -= std::min(bytes_, settled.bytes);
      std::uint64_t& seq = highest[{settled.epoch_pk, settled.station_pk}];
      seq = std::max(seq, settled.seq);
    }
    for (const auto& [place, seq] : highest) WAYSIDE_TRY(write_counter(place.first, place.second, seq));
    return write_totals();
  }

  Status write_counter(std::int64_t epoch_pk, std::int64_t station, std::uint64_t last_seq) {
    return count_.bind(1, epoch_pk).bind(2, station).bind(3, static_cast<std::int64_t>(last_seq)).run();
  }

  Status write_totals() {
    for (const auto& [pk, totals] : totals_) {
      total_.bind(1, static_cast<std::int64_t>(totals.receipted)).bind(2, static_cast<std::int64_t>(totals.refused));
      WAYSIDE_TRY(total_.bind(3, static_cast<std::int64_t>(totals.dropped)).bind(4, pk).run());
    }
    return {};
  }

  /// At the limit: the oldest slice goes, loss statements aside, and is stated per station and epoch.
  Status drop_oldest(const Stamp& stamp) {
    const std::uint64_t target = limits_.bytes_max - limits_.bytes_max / kDropSlices;
    std::map<std::pair<std::int64_t, std::int64_t>, RangeSet> dropped;
    oldest_.reset();
    oldest_.bind(1, std::int64_t{static_cast<int>(Stream::kLoss)}).bind(2, std::int64_t{-1});
    std::vector<std::int64_t> ids;
    while (bytes_ > target) {
      auto row = oldest_.step();
      if (!row) return std::move(row).error();
      if (!*row) break;
      ids.push_back(oldest_.integer(0));
      const auto seq = static_cast<std::uint64_t>(oldest_.integer(3));
      dropped[{oldest_.integer(1), oldest_.integer(2)}].insert(seq);
      bytes_ -= std::min(bytes_, static_cast<std::uint64_t>(oldest_.integer(4)) + kRowBytes);
      Totals& totals = totals_[oldest_.integer(1)];
      --totals.waiting;
      ++totals.dropped;
    }
    oldest_.reset();
    for (const std::int64_t id : ids) WAYSIDE_TRY(remove_.bind(1, id).run());
    for (const auto& [place, ranges] : dropped) WAYSIDE_TRY(state_loss(place.first, place.second, ranges, stamp));
    return write_totals();
  }

  Status state_loss(std::int64_t epoch_pk, std::int64_t station, const RangeSet& ranges, const Stamp& stamp) {
    WAYSIDE_TRY(write_counter(epoch_pk, station, ranges.last()));
    const auto known = std::find_if(station_pks_.begin(), station_pks_.end(),
                                    [&](const auto& entry) { return entry.second == station; });
    const std::uint64_t last_seq = epoch_pk == current_ ? last_seq_[station] : ranges.last();
    const LossStatement loss{totals_[epoch_pk].epoch, ranges.runs(), "outbox_full", last_seq};
    Stamp now = stamp;
    return insert(known->first, Stream::kLoss, now, encode_loss(loss));
  }

  static StoredReading stored(const SqlStatement& row) {
    StoredReading stored;
    stored.id = OutboxId{row.integer(0)};
    stored.reading.station_id = row.text(1);
    stored.reading.stream = static_cast<Stream>(row.integer(2));
    stored.reading.epoch = row.text(3);
    stored.reading.seq = static_cast<std::uint64_t>(row.integer(4));
    stored.reading.observed_at = UtcTime{row.integer(5)};
    stored.reading.clock = static_cast<ClockQuality>(row.integer(6));
    stored.reading.values = row.text(7);
    return stored;
  }

  SqlDatabase database_;
  OutboxLimits limits_;
  std::string boot_id_;
  SqlStatement insert_, remove_, read_, add_station_, inform_, remember_, count_, total_, oldest_;
  std::int64_t current_ = 0;                     // epoch_pk
  std::map<std::int64_t, Totals> totals_;        // by epoch_pk, oldest first
  std::unordered_map<std::string, std::int64_t> station_pks_;
  std::unordered_map<std::string, std::size_t> info_hashes_;
  std::map<std::string, std::string> new_infos_;  // written with the next group
  std::unordered_map<std::int64_t, std::uint64_t> last_seq_;  // of the current epoch, by station_pk
  std::vector<Settled> settled_;
  std::map<std::int64_t, std::uint64_t> numbered_;  // last_seq before this group, for Undo
  std::vector<std::string> new_stations_;
};

Outbox::Outbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const std::string& path, const OutboxLimits& limits, std::string boot_id) {
  auto database = SqlDatabase::open(path);
  if (!database) return std::move(database).error().while_doing("opening the outbox");
  auto impl = std::make_unique<Impl>(std::move(*database), limits, std::move(boot_id));
  if (auto status = impl->start(); !status.ok()) return std::move(status).error().while_doing("opening the outbox " + path);
  return std::unique_ptr<Outbox>(new Outbox(std::move(impl)));
}

Status Outbox::accept(std::span<const NewReading> readings, std::span<const SourceMemory> memories) {
  return impl_->accept(readings, memories);
}
Result<std::vector<StoredReading>> Outbox::read(OutboxId after, OutboxId until, std::size_t limit) {
  return impl_->read(after, until, limit);
}
Result<std::optional<StoredReading>> Outbox::find(OutboxId id) { return impl_->find(id); }
OutboxId Outbox::last_id() const { return OutboxId{impl_->last_id_}; }
void Outbox::settle(const StoredReading& stored, Outcome outcome) { impl_->settle(stored, outcome); }
std::size_t Outbox::settled_waiting() const { return impl_->settled_waiting(); }
Status Outbox::trim() { return impl_->trim(); }
Status Outbox::date_readings(std::int64_t wall_minus_monotonic_ms, UtcTime boot_start) {
  return impl_->date_readings(wall_minus_monotonic_ms, boot_start);
}
std::vector<EpochAccount> Outbox::accounts() const { return impl_->accounts(); }
std::uint64_t Outbox::waiting() const { return impl_->waiting(); }
std::uint64_t Outbox::bytes() const { return impl_->bytes_; }
const std::string& Outbox::epoch() const { return impl_->epoch(); }
bool Outbox::remember_info(const std::string& station_id, const std::string& json) {
  return impl_->remember_info(station_id, json);
}
Result<std::map<std::string, std::string>> Outbox::infos() {
  return impl_->pairs("SELECT station_id, info FROM station WHERE info IS NOT NULL", nullptr);
}
Result<std::map<std::string, std::string>> Outbox::memories(const std::string& source) {
  return impl_->pairs("SELECT key, value FROM memory WHERE source=?1", &source);
}
Status Outbox::close() { return impl_->close(); }

}  // namespace wayside::edge
