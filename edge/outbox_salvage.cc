#include "edge/outbox_salvage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "common/base/fault_point.h"
#include "common/base/log.h"
#include "common/contract/names.h"
#include "edge/epoch_accounts.h"
#include "edge/loss_notes.h"

namespace wayside::edge {
namespace {

namespace fs = std::filesystem;

constexpr UtcTime kSomeTime{1'500'000'000'000};
constexpr const char* kReason = "outbox_damaged";
constexpr const char* kUnfinished = ".new";
constexpr const char* kFinished = ".salvaged";
// Readings in a commit: the log of the new file stays small, and so does the room that a salvage needs.
constexpr std::uint64_t kCommit = 1'000;
// A place above it was not given by us, and would leave none for what comes.
constexpr std::int64_t kIdMax = INT64_MAX / 2;

using Seen = std::function<Status(const SqlStatement&)>;

template <class Key>
Key key_of(const SqlStatement& row) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return std::string(row.text(0));
  } else {
    return row.integer(0);
  }
}

/// Calls `seen` for the rows of `table` upwards until SQLite stumbles, then downwards to where it stumbled. The key is
/// column 0. Only an error of `seen` is one.
template <class Key>
Status each_readable(SqlDatabase& damaged, const std::string& columns, const std::string& table, const Seen& seen) {
  const std::string key = columns.substr(0, columns.find(','));
  std::optional<Key> reached, last;
  for (const bool upwards : {true, false}) {
    auto select = damaged.prepare("SELECT " + columns + " FROM " + table + " ORDER BY " + key + (upwards ? "" : " DESC"));
    if (!select) return {};
    for (;;) {
      auto row = select->step();
      if (!row) break;
      if (!*row) {
        if (upwards) return {};
        break;
      }
      const Key at = key_of<Key>(*select);
      if ((reached && at <= *reached) || (last && at >= *last)) break;  // damage can lead in circles
      (upwards ? reached : last) = at;
      WAYSIDE_TRY(seen(*select));
    }
    select->reset();
  }
  return {};
}

/// The store commits now and then: before it is finished nothing of it counts.
class Salvager {
 public:
  Salvager(SqlDatabase& damaged, OutboxStore& store) : damaged_(damaged), store_(store) {}

  Result<Salvage> run(const Stamp& stamp, const std::string& boot_id) {
    WAYSIDE_TRY(begin());
    WAYSIDE_TRY(stations());
    WAYSIDE_TRY(epochs());
    WAYSIDE_TRY(each_readable<std::int64_t>(damaged_,
                                            "id, epoch_pk, station_pk, stream, seq, observed_at, clock, boot, monotonic, vals",
                                            "reading", [this](const SqlStatement& row) { return reading(row); }));
    WAYSIDE_TRY(state_losses(stamp, boot_id));
    WAYSIDE_TRY(transaction_->commit());
    return salvage_;
  }

 private:
  struct Station {
    std::string id, info;
    std::int64_t key = 0;  // in the store
  };
  struct Epoch {
    EpochTotals totals;
    std::int64_t key = 0;
  };

  Status begin() {
    transaction_.reset();
    auto begun = store_.begin();
    if (!begun) return std::move(begun).error();
    transaction_.emplace(std::move(*begun));
    return {};
  }

  /// A name is in the table and in the index that keeps it from being there twice: pages of their own.
  Status stations() {
    const auto found = [this](std::int64_t pk, const std::string& id, std::string_view info) {
      if (valid_station_id(id) && station_names_.insert(id).second) stations_.try_emplace(pk, Station{id, std::string(info)});
      return Status();
    };
    WAYSIDE_TRY(each_readable<std::int64_t>(damaged_, "station_pk, station_id, info", "station", [&](const SqlStatement& row) {
      return found(row.integer(0), std::string(row.text(1)), row.text(2));
    }));
    WAYSIDE_TRY(each_readable<std::string>(
        damaged_, "station_id, station_pk", "station INDEXED BY sqlite_autoindex_station_1",
        [&](const SqlStatement& row) { return found(row.integer(1), std::string(row.text(0)), {}); }));
    for (auto& [pk, station] : stations_) {
      auto added = store_.add_station(station.id);
      if (!added) return std::move(added).error();
      station.key = *added;
      if (!check_station_info(station.info, station.id)) WAYSIDE_TRY(store_.write_info(station.key, station.info));
    }
    return {};
  }

  Status epochs() {
    const auto found = [this](std::int64_t pk, const EpochTotals& totals) {
      if (totals.epoch.size() == 16 && epoch_names_.insert(totals.epoch).second) epochs_.try_emplace(pk, Epoch{totals});
      return Status();
    };
    WAYSIDE_TRY(each_readable<std::int64_t>(
        damaged_, "epoch_pk, epoch, receipted, refused, dropped", "epoch", [&](const SqlStatement& row) {
          const auto count = [&](int column) {
            return static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer(column), 0));
          };
          return found(row.integer(0), {std::string(row.text(1)), count(2), count(3), count(4)});
        }));
    WAYSIDE_TRY(
        each_readable<std::string>(damaged_, "epoch, epoch_pk", "epoch INDEXED BY sqlite_autoindex_epoch_1",
                                   [&](const SqlStatement& row) { return found(row.integer(1), {std::string(row.text(0))}); }));
    for (auto& [pk, epoch] : epochs_) {
      auto added = store_.add_epoch(epoch.totals.epoch);
      if (!added) return std::move(added).error();
      epoch.key = *added;
      WAYSIDE_TRY(store_.write_totals(epoch.key, epoch.totals));
    }
    return {};
  }

  Status reading(const SqlStatement& row) {
    const auto epoch = epochs_.find(row.integer(1));
    const auto station = stations_.find(row.integer(2));
    if (epoch == epochs_.end() || station == stations_.end()) {
      ++salvage_.nameless;
      return {};
    }
    const std::string& epoch_name = epoch->second.totals.epoch;
    const std::string values(row.text(9));
    const Stamp stamp{row.is_null(5) ? std::nullopt : std::optional(UtcTime{row.integer(5)}),
                      static_cast<ClockQuality>(row.integer(6)), MonoTime{row.integer(8)}};
    const auto stream = static_cast<Stream>(row.integer(3));
    const auto seq = static_cast<std::uint64_t>(row.integer(4));
    if (row.integer(0) <= 0 || row.integer(0) > kIdMax || row.integer(3) < 0 ||
        row.integer(3) > static_cast<int>(Stream::kLoss) || row.integer(6) < 0 ||
        row.integer(6) > static_cast<int>(ClockQuality::kUnknown) || seq == 0 || seq > kSeqMax) {
      return {};
    }
    const Reading probe{station->second.id, stream, epoch_name, seq, stamp.observed_at.value_or(kSomeTime),
                        stamp.clock,        values};
    parser_.parse(encode_reading(probe), nullptr, parsed_);
    if (parsed_.size() != 1 || parsed_.front().refusal) return {};
    if (found_[{epoch_name, station->second.key}].insert(seq) == 0) return {};
    WAYSIDE_TRY(store_.insert({row.integer(0), epoch->second.key, station->second.key, stream, seq, values}, stamp,
                              std::string(row.text(7))));
    fault_point("salvage_reading");
    if (++salvage_.readings % kCommit != 0) return {};
    WAYSIDE_TRY(transaction_->commit());
    return begin();
  }

  /// In an epoch of their own, begun as after any unclean stop.
  Status state_losses(const Stamp& stamp, const std::string& boot_id) {
    LossNotes losses;
    for (const auto& [place, seqs] : found_) {
      const SeqRange all{1, seqs.last()};
      for (const SeqRange& range : seqs.missing(all)) losses.add_range(place.first, place.second, range, all.last, kReason);
    }
    const auto statements = losses.statements();
    if (statements.empty()) return {};
    auto epoch = store_.add_epoch(random_epoch());
    if (!epoch) return std::move(epoch).error();
    auto last_id = store_.last_id();
    if (!last_id) return std::move(last_id).error();
    std::map<std::int64_t, std::uint64_t> last_seq;
    for (const auto& loss : statements) {
      const ReadingRow row{++*last_id, *epoch, loss.station_pk, Stream::kLoss, ++last_seq[loss.station_pk], loss.values};
      WAYSIDE_TRY(store_.insert(row, stamp, boot_id));
    }
    return {};
  }

  SqlDatabase& damaged_;
  OutboxStore& store_;
  std::optional<SqlTransaction> transaction_;
  std::set<std::string> station_names_, epoch_names_;
  std::map<std::int64_t, Station> stations_;  // by old key
  std::map<std::int64_t, Epoch> epochs_;
  std::map<std::pair<std::string, std::int64_t>, RangeSet> found_;  // by epoch and new key of the station
  ReadingParser parser_{false};
  std::vector<ParsedReading> parsed_;
  Salvage salvage_;
};

Error failed(const std::string& doing, const std::string& why) {
  return {doing + ": " + why, "check the disk, and that this user may write in state_dir"};
}

/// Brings renames and removals to the disk.
Status sync_folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const int why = errno;
  if (file >= 0) ::close(file);
  return synced ? Status() : failed("syncing the folder " + folder, std::strerror(why));
}

Status move(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error || error == std::errc::no_such_file_or_directory) return {};
  return failed("moving " + from + " to " + to, error.message());
}

/// With what SQLite keeps beside it.
void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::error_code error;
    fs::remove(path + suffix, error);  // what stays there is an error when it is written
  }
}

/// Step 1: the whole salvage, under the name that counts.
Status make_salvage(const std::string& path, const Stamp& stamp, const std::string& boot_id) {
  log_error("outbox_damaged", {{"path", path}, {"try", "check the disk; what can be read of the outbox is being saved"}});
  auto saved = salvage(path, path + kUnfinished, stamp, boot_id);
  if (!saved) {
    remove_database(path + kUnfinished);  // the room that it took
    return std::move(saved).error().while_doing("saving what can be read of the damaged outbox " + path);
  }
  log_info("outbox_salvaged", {{"readings", saved->readings}, {"nameless", saved->nameless}});
  fault_point("salvage_built");
  WAYSIDE_TRY(move(path + kUnfinished, path + kFinished));
  fault_point("salvage_finished");
  return sync_folder_of(path);
}

/// Step 2: what lies at `path` goes aside with its log, and what is salvaged takes its place. The name says when it was
/// salvaged: the same one when an interrupted start is taken up, so that file and log stay together.
Status take_place(const std::string& path) {
  struct stat found {};
  if (::stat((path + kFinished).c_str(), &found) != 0) return failed("looking at " + path + kFinished, std::strerror(errno));
  std::string time = format_rfc3339(UtcTime{std::int64_t{found.st_mtim.tv_sec} * 1000 + found.st_mtim.tv_nsec / 1'000'000});
  std::erase_if(time, [](char c) { return c == ':' || c == '-' || c == '.'; });
  const std::string kept = path + ".damaged-" + time;
  for (const char* suffix : {"", "-wal", "-journal"}) {
    WAYSIDE_TRY(move(path + suffix, kept + suffix));
    fault_point("salvage_moving");
  }
  std::error_code error;
  fs::remove(path + "-shm", error);
  WAYSIDE_TRY(sync_folder_of(path));  // a log that came back would be taken for the new file's
  fault_point("salvage_moved");
  WAYSIDE_TRY(move(path + kFinished, path));
  fault_point("salvage_in_place");
  WAYSIDE_TRY(sync_folder_of(path));
  log_error("outbox_set_aside",
            {{"kept_as", kept}, {"try", "the kept file is not needed any more once it has been looked at"}});
  return {};
}

}  // namespace

Result<Salvage> salvage(const std::string& damaged_path, const std::string& new_path, const Stamp& stamp,
                        const std::string& boot_id) {
  auto damaged = SqlDatabase::open(damaged_path, {.read_only = true});
  if (!damaged) return std::move(damaged).error();
  // A file shorter than its header says is read as far as it goes.
  static_cast<void>(damaged->execute("PRAGMA writable_schema=ON").ok());
  auto store = OutboxStore::open(new_path);
  if (!store) return std::move(store).error();
  auto saved = Salvager(*damaged, **store).run(stamp, boot_id);
  if (!saved) return saved;
  WAYSIDE_TRY((*store)->checkpoint());
  return saved;
}

Result<std::unique_ptr<OutboxStore>> open_or_salvage(const std::string& path, const Stamp& stamp, const std::string& boot_id) {
  remove_database(path + kUnfinished);
  std::error_code error;
  const bool finished = fs::exists(path + kFinished, error);
  if (error) return failed("looking for " + path + kFinished, error.message());
  if (finished) WAYSIDE_TRY(take_place(path));
  auto sound = sql_file_is_sound(path);
  if (!sound) return std::move(sound).error();
  if (!*sound) {
    WAYSIDE_TRY(make_salvage(path, stamp, boot_id));
    WAYSIDE_TRY(take_place(path));
  }
  return OutboxStore::open(path);
}

}  // namespace wayside::edge
