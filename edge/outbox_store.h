#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/sqlite.h"
#include "edge/outbox.h"

namespace wayside::edge {

/// A reading's row costs about this much beside its values.
constexpr std::uint64_t kRowBytes = 48;
inline std::uint64_t stored_bytes(std::string_view values) { return values.size() + kRowBytes; }

/// What an epoch's readings came to. The store keeps all but `waiting`, which it counts.
struct EpochTotals {
  std::string epoch;
  std::uint64_t receipted = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;
  std::uint64_t waiting = 0;

  std::uint64_t& settled_as(ReadingStore::Outcome outcome) {
    switch (outcome) {
      case ReadingStore::Outcome::kReceipted: return receipted;
      case ReadingStore::Outcome::kRefused: return refused;
      case ReadingStore::Outcome::kUnpublishable: return dropped;
    }
    WAYSIDE_CHECK(false);
  }
  std::uint64_t accepted() const { return receipted + refused + dropped + waiting; }
};

/// A row of table `reading`.
struct ReadingRow {
  std::int64_t id = 0;
  std::int64_t epoch_pk = 0;
  std::int64_t station_pk = 0;
  Stream stream = Stream::kBikeStatus;
  std::uint64_t seq = 0;
  std::string_view values;  ///< in a callback valid until it returns
};

/// The SQL of the outbox: its tables and statements, no rules. Writes belong inside a transaction. Single-threaded.
class OutboxStore {
 public:
  using Texts = std::map<std::string, std::string>;

  /// Opens or creates the file and its tables. The log is emptied before anything is written behind it: where the process
  /// before died between a failed sync and reopen(), what reading shows of the log need not be on the disk, and a power cut
  /// would take all that was committed behind it.
  static Result<std::unique_ptr<OutboxStore>> open(const std::string& path);

  Result<SqlTransaction> begin() { return SqlTransaction::begin(database_); }
  /// Empties the write-ahead log into the file.
  Status checkpoint() { return database_.checkpoint("TRUNCATE"); }
  bool disk_failed() const { return database_.disk_failed(); }
  /// After disk_failed(): goes on with a new connection. The log is emptied first, by the connection that knows where the
  /// last good commit ends: what a failed sync has left behind it may be in the kernel's memory but never on the disk, and
  /// must not come back.
  Status reopen();

  // Epochs and their counters
  Result<std::map<std::int64_t, EpochTotals>> epochs();
  Result<std::int64_t> add_epoch(const std::string& epoch);
  Status write_totals(std::int64_t epoch_pk, const EpochTotals& totals);
  Status remove_epoch(std::int64_t epoch_pk);
  /// The highest number given to each station in this epoch: written at a clean stop, as after any other stop a new epoch
  /// begins, and by FlashSaver for stations whose readings are in memory.
  Result<std::map<std::int64_t, std::uint64_t>> counters(std::int64_t epoch_pk);
  Status write_counter(std::int64_t epoch_pk, std::int64_t station_pk, std::uint64_t last_seq);
  Status remove_counters();

  // Stations
  using StationSeen = std::function<void(std::string_view id, std::int64_t pk, std::optional<std::string_view> info)>;
  Status each_station(const StationSeen& seen);
  Result<std::int64_t> add_station(const std::string& station_id);
  Status write_info(std::int64_t station_pk, const std::string& json);
  Result<Texts> infos();

  // Readings
  Status insert(const ReadingRow& row, const Stamp& stamp, const std::string& boot_id);
  /// True when it was there.
  Result<bool> remove(std::int64_t id);
  Result<std::vector<StoredReading>> read(OutboxId after, OutboxId until, std::size_t limit);
  /// Calls `take` with every loss statement.
  Status each_loss(const std::function<void(const ReadingRow&)>& take);
  /// Calls `take` with the oldest readings, dated or not, until it returns false.
  Status each_oldest(const std::function<bool(const ReadingRow&)>& take);
  Result<std::int64_t> last_id();
  /// Sum of the values' bytes, and number of readings.
  Result<std::pair<std::uint64_t, std::uint64_t>> size();
  Status date(const std::string& boot_id, std::int64_t wall_minus_monotonic_ms, UtcTime others_at);

  // Drivers' memories and the rest
  Status remember(const SourceMemory& memory);
  Result<Texts> memories(const std::string& source);
  Status forget_memories();
  Result<std::string> meta(const std::string& key);
  Status set_meta(std::string_view key, std::string_view value);

 private:
  OutboxStore(std::string path, SqlDatabase database) : path_(std::move(path)), database_(std::move(database)) {}
  static Result<SqlDatabase> connect(const std::string& path);
  static Status empty_log(SqlDatabase& database);
  Status prepare_all();
  Result<Texts> pairs(SqlStatement& statement);

  std::string path_;
  SqlDatabase database_;
  SqlStatement insert_, remove_, read_, oldest_, add_station_, inform_, remember_, count_, total_;
};

}  // namespace wayside::edge
