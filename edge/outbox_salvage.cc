#include "edge/outbox_salvage.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "common/base/log.h"
#include "common/contract/names.h"

namespace wayside::edge {
namespace {

constexpr UtcTime kSomeTime{1'500'000'000'000};
constexpr const char* kReason = "outbox_damaged";

using Seen = std::function<Status(const SqlStatement&)>;

/// Calls `seen` for the rows of `table` upwards until SQLite stumbles, then downwards to where it stumbled. The key is
/// column 0. Only an error of `seen` is one.
Status each_readable(SqlDatabase& damaged, const std::string& columns, const std::string& table, const Seen& seen) {
  const std::string key = columns.substr(0, columns.find(','));
  std::int64_t reached = INT64_MIN;
  for (const bool upwards : {true, false}) {
    auto select = damaged.prepare("SELECT " + columns + " FROM " + table + " ORDER BY " + key + (upwards ? "" : " DESC"));
    if (!select) return {};
    for (std::int64_t last = INT64_MAX;;) {
      auto row = select->step();
      if (!row) break;
      if (!*row) {
        if (upwards) return {};
        break;
      }
      const std::int64_t at = select->integer(0);
      if (upwards ? at <= reached : at <= reached || at >= last) break;  // damage can lead in circles
      (upwards ? reached : last) = at;
      WAYSIDE_TRY(seen(*select));
    }
    select->reset();
  }
  return {};
}

class Salvager {
 public:
  Salvager(SqlDatabase& damaged, OutboxStore& store) : damaged_(damaged), store_(store) {}

  Result<Salvage> run() {
    WAYSIDE_TRY(each_readable(damaged_, "station_pk, station_id, info", "station",
                              [this](const SqlStatement& row) { return station(row); }));
    WAYSIDE_TRY(each_readable(damaged_, "epoch_pk, epoch, receipted, refused, dropped", "epoch",
                              [this](const SqlStatement& row) { return epoch(row); }));
    WAYSIDE_TRY(each_readable(damaged_, "id, epoch_pk, station_pk, stream, seq, observed_at, clock, boot, monotonic, vals",
                              "reading", [this](const SqlStatement& row) { return reading(row); }));
    for (const auto& [place, seqs] : found_) {
      const SeqRange all{1, seqs.last()};
      for (const SeqRange& range : seqs.missing(all))
        salvage_.losses.add_range(place.first, place.second, range, all.last, kReason);
    }
    return std::move(salvage_);
  }

 private:
  Status station(const SqlStatement& row) {
    const std::string id(row.text(1));
    if (!valid_station_id(id)) return {};
    auto added = store_.add_station(id);
    if (!added) return {};  // there twice
    stations_[row.integer(0)] = {*added, id};
    const std::string info(row.text(2));
    return row.is_null(2) || check_station_info(info, id) ? Status() : store_.write_info(*added, info);
  }

  Status epoch(const SqlStatement& row) {
    EpochTotals totals;
    totals.epoch = row.text(1);
    if (totals.epoch.size() != 16) return {};
    auto added = store_.add_epoch(totals.epoch);
    if (!added) return {};
    const auto count = [&](int column) { return static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer(column), 0)); };
    totals.receipted = count(2);
    totals.refused = count(3);
    totals.dropped = count(4);
    epochs_[row.integer(0)] = {*added, totals.epoch};
    return store_.write_totals(*added, totals);
  }

  Status reading(const SqlStatement& row) {
    const auto epoch = epochs_.find(row.integer(1));
    const auto station = stations_.find(row.integer(2));
    if (epoch == epochs_.end() || station == stations_.end()) return {};
    const std::string values(row.text(9));
    const Stamp stamp{row.is_null(5) ? std::nullopt : std::optional(UtcTime{row.integer(5)}),
                      static_cast<ClockQuality>(row.integer(6)), MonoTime{row.integer(8)}};
    const auto stream = static_cast<Stream>(row.integer(3));
    const auto seq = static_cast<std::uint64_t>(row.integer(4));
    if (row.integer(3) < 0 || row.integer(3) > static_cast<int>(Stream::kLoss) || row.integer(6) < 0 ||
        row.integer(6) > static_cast<int>(ClockQuality::kUnknown) || seq == 0 || seq > kSeqMax) {
      return {};
    }
    const Reading probe{
        station->second.second, stream, epoch->second.second, seq, stamp.observed_at.value_or(kSomeTime), stamp.clock, values};
    parser_.parse(encode_reading(probe), nullptr, parsed_);
    if (parsed_.size() != 1 || parsed_.front().refusal) return {};
    RangeSet& seqs = found_[{epoch->second.second, station->second.first}];
    if (seqs.insert(seq) == 0) return {};
    ++salvage_.readings;
    return store_.insert({row.integer(0), epoch->second.first, station->second.first, stream, seq, values}, stamp,
                         std::string(row.text(7)));
  }

  SqlDatabase& damaged_;
  OutboxStore& store_;
  std::map<std::int64_t, std::pair<std::int64_t, std::string>> stations_, epochs_;  // by old key: new key and name
  std::map<std::pair<std::string, std::int64_t>, RangeSet> found_;
  ReadingParser parser_{false};
  std::vector<ParsedReading> parsed_;
  Salvage salvage_;
};

}  // namespace

Result<std::string> set_aside(const std::string& path, UtcTime now) {
  std::string time = format_rfc3339(now);
  std::erase_if(time, [](char c) { return c == ':' || c == '-' || c == '.'; });
  const std::string kept = path + ".damaged-" + time;
  std::error_code error;
  std::filesystem::rename(path, kept, error);
  if (error) return Error{"moving the damaged outbox away: " + error.message(), "check that this user may write in state_dir"};
  std::filesystem::rename(path + "-wal", kept + "-wal", error);  // if there is one
  std::filesystem::remove(path + "-shm", error);
  return kept;
}

Result<Salvage> salvage(const std::string& damaged_path, OutboxStore& store) {
  auto damaged = SqlDatabase::open(damaged_path, {.read_only = true});
  if (!damaged) return Salvage{};
  // A file shorter than its header says is read as far as it goes.
  static_cast<void>(damaged->execute("PRAGMA writable_schema=ON").ok());
  return Salvager(*damaged, store).run();
}

Result<std::unique_ptr<OutboxStore>> open_or_salvage(const std::string& path, LossNotes& losses) {
  auto sound = sql_file_is_sound(path);
  if (!sound) return std::move(sound).error();
  if (*sound) return OutboxStore::open(path);
  auto kept = set_aside(path, SystemClock().wall());
  if (!kept) return std::move(kept).error();
  auto store = OutboxStore::open(path);
  if (!store) return store;
  auto transaction = (*store)->begin();
  if (!transaction) return std::move(transaction).error();
  auto saved = salvage(*kept, **store);
  if (!saved) return std::move(saved).error();
  WAYSIDE_TRY(transaction->commit());
  losses = std::move(saved->losses);
  log_error("outbox_damaged", {{"kept_as", *kept},
                               {"salvaged", saved->readings},
                               {"try", "check the disk; the kept file is not needed any more once it has been looked at"}});
  return store;
}

}  // namespace wayside::edge
