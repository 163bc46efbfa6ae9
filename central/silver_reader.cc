#include "central/silver_reader.h"

#include <algorithm>

#include "central/account.h"
#include "central/gold_store.h"
#include "central/silver_block.h"

namespace wayside::central {
namespace {

/// Behind year 9999 there are no readings.
constexpr std::int64_t kDayMax = 2'932'896;

std::int64_t day_of(std::int64_t ms) { return std::clamp<std::int64_t>(ms / kDayMs, 0, kDayMax); }

void fill(SilverRow& row, const SqlStatement& found) {
  row.key = {found.integer(0), found.integer(1), found.integer(2)};
  row.received_at = found.integer(3);
  row.stored_at = found.integer(4);
  row.kafka_offset = found.integer(5);
  row.clock = found.integer(6);
  row.shape = found.integer(7);
  row.cells = found.text(8);
}

/// The rows of tier `reading` one after the other, between those of blocks.
class HotRows {
 public:
  explicit HotRows(SqlStatement& select) : select_(select) {}
  ~HotRows() { select_.reset(); }
  HotRows(const HotRows&) = delete;
  HotRows& operator=(const HotRows&) = delete;

  Status next() {
    auto found = select_.step();
    if (!found) return std::move(found).error();
    there_ = *found;
    if (there_) fill(row_, select_);
    return {};
  }
  bool there() const { return there_; }
  SilverRow& row() { return row_; }

 private:
  SqlStatement& select_;
  SilverRow row_;
  bool there_ = false;
};

}  // namespace

Result<SilverReader> SilverReader::open(SqlDatabase& database) {
  SilverReader reader;
  for (const auto& [statement, sql] :
       {std::pair{&reader.hot_,
                  "SELECT observed_at, account_pk, seq, received_at, stored_at, kafka_offset, clock, shape_pk, cells FROM "
                  "reading WHERE station_pk = ?1 AND stream = ?2 AND (observed_at, account_pk, seq) > (?3, ?4, ?5) AND "
                  "observed_at < ?6 ORDER BY observed_at, account_pk, seq"},
        std::pair{&reader.next_hot_,
                  "SELECT min(observed_at) FROM reading WHERE station_pk = ?1 AND stream = ?2 AND observed_at >= ?3 AND "
                  "observed_at < ?4"},
        std::pair{&reader.blocks_, "SELECT bytes FROM reading_block WHERE block_key BETWEEN ?1 AND ?2 ORDER BY block_key"},
        std::pair{&reader.block_days_, "SELECT block_key - ?1 FROM reading_block WHERE block_key BETWEEN ?1 + ?2 AND ?1 + ?3"},
        std::pair{&reader.has_gold_, "SELECT 1 FROM gold_block WHERE gold_key = ?1"}}) {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    *statement = std::move(*prepared);
  }
  return reader;
}

Status SilverReader::read(StationPk station, Stream stream, const SilverKey& after, std::int64_t until, const Take& take) {
  hot_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(stream)).bind(3, after.observed_at);
  hot_.bind(4, after.account).bind(5, after.seq).bind(6, until);
  HotRows hot(hot_);
  WAYSIDE_TRY(hot.next());
  bool more = true;
  Status status;
  const auto hand_out_hot = [&](const SilverKey* before) {
    while (status.ok() && more && hot.there() && (before == nullptr || hot.row().key < *before)) {
      more = take(hot.row());
      if (more) status = hot.next();
    }
  };
  blocks_.bind(1, silver_key(station, stream, day_of(after.observed_at)));
  blocks_.bind(2, silver_key(station, stream, day_of(until - 1)));
  WAYSIDE_TRY(blocks_.each_row([&](const SqlStatement& found) {
    auto rows = decode_silver(found.text(0));
    if (!rows) {
      status = std::move(rows).error();
      return false;
    }
    for (SilverRow& row : *rows) {
      if (row.key <= after || row.key.observed_at >= until) continue;
      hand_out_hot(&row.key);
      if (status.ok() && more) more = take(row);
      if (!status.ok() || !more) return false;
    }
    return true;
  }));
  hand_out_hot(nullptr);
  return status;
}

Result<std::optional<SilverRow>> SilverReader::find(StationPk station, Stream stream, const SilverKey& key) {
  std::optional<SilverRow> found;
  auto read =
      this->read(station, stream, {key.observed_at, key.account, key.seq - 1}, key.observed_at + 1, [&](SilverRow& row) {
        if (row.key == key) found = row;
        return false;
      });
  if (!read.ok()) return std::move(read).error();
  return found;
}

Result<std::optional<std::int64_t>> SilverReader::time_of(StationPk station, AccountPk account, std::int64_t seq,
                                                          std::int64_t since, std::int64_t until) {
  std::optional<std::int64_t> time;
  for (const Stream stream : kAllStreams) {
    auto read = read_from(station, stream, since, until, [&](const SilverRow& row) {
      if (row.key.account == raw(account) && row.key.seq == seq) time = row.key.observed_at;
      return !time;
    });
    if (!read.ok()) return std::move(read).error();
    if (time) break;
  }
  return time;
}

Result<std::vector<std::int64_t>> SilverReader::days(StationPk station, Stream stream, std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> days;
  block_days_.bind(1, silver_key(station, stream, 0)).bind(2, first).bind(3, last);
  auto read = block_days_.each_row([&](const SqlStatement& row) { days.push_back(row.integer(0)); });
  if (!read.ok()) return std::move(read).error();
  for (std::int64_t day = first; day <= last; ++day) {
    next_hot_.bind(1, raw(station)).bind(2, static_cast<std::int64_t>(stream)).bind(3, day * kDayMs);
    auto row = next_hot_.bind(4, (last + 1) * kDayMs).step();
    if (!row) return std::move(row).error();
    const bool none = !*row || next_hot_.is_null(0);
    if (!none) day = next_hot_.integer(0) / kDayMs;
    next_hot_.reset();
    if (none) break;
    days.push_back(day);
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

Result<bool> SilverReader::gone(StationPk station, Stream stream, std::int64_t day) {
  auto row = has_gold_.bind(1, gold_key(station, stream, Resolution::kHour, day)).step();
  if (!row) return row;
  if (!*row) return false;
  has_gold_.reset();
  auto there = days(station, stream, day, day);
  if (!there) return std::move(there).error();
  return there->empty();
}

Result<bool> SilverReader::frozen(StationPk station, Stream stream, std::int64_t day) {
  auto itself = gone(station, stream, day);
  if (!itself || *itself || day == 0) return itself;
  return gone(station, stream, day - 1);
}

}  // namespace wayside::central
