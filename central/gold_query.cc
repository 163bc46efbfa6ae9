#include "central/gold_query.h"

#include <algorithm>

#include "central/account.h"
#include "central/read_snapshot.h"

namespace wayside::central {
namespace {

/// Year 9999: what lies behind it is no day of ours.
constexpr std::int64_t kDayMax = 2'932'896;

}  // namespace

Result<std::unique_ptr<GoldQuery>> GoldQuery::open(SqlDatabase& database, std::int64_t report_interval_s) {
  auto store = GoldStore::open(database);
  if (!store) return std::move(store).error();
  auto maker = GoldMaker::open(database, report_interval_s);
  if (!maker) return std::move(maker).error();
  auto open = database.prepare("SELECT day FROM open_day WHERE station_pk = ?1 AND stream = ?2 AND day BETWEEN ?3 AND ?4");
  if (!open) return std::move(open).error();
  auto query = std::unique_ptr<GoldQuery>(new GoldQuery(database, std::move(*store), std::move(*maker)));
  query->open_days_ = std::move(*open);
  return query;
}

Result<std::set<std::int64_t>> GoldQuery::days_to_make(const GoldRange& range, std::int64_t first, std::int64_t last) {
  std::set<std::int64_t> near_open;
  open_days_.bind(1, raw(range.station)).bind(2, static_cast<std::int64_t>(range.stream)).bind(3, first - 1).bind(4, last + 1);
  auto read = open_days_.each_row([&](const SqlStatement& row) {
    for (const std::int64_t day : {row.integer(0) - 1, row.integer(0), row.integer(0) + 1}) near_open.insert(day);
  });
  if (!read.ok()) return std::move(read).error();
  std::set<std::int64_t> days;
  const bool stored = range.resolution != Resolution::kMinute;
  if (stored && near_open.empty()) return days;
  const std::int64_t begin = stored ? std::max(first, *near_open.begin()) : first;
  const std::int64_t end = stored ? std::min(last, *near_open.rbegin()) : last;
  auto there = maker_->silver().days(range.station, range.stream, begin, end);
  if (!there) return std::move(there).error();
  for (const std::int64_t day : *there) {
    auto block = store_.has(range.station, range.stream, range.resolution, day);
    if (!block) return std::move(block).error();
    bool make = near_open.contains(day);
    if (*block && make) {
      auto frozen = maker_->silver().frozen(range.station, range.stream, day);
      if (!frozen) return std::move(frozen).error();
      make = !*frozen;
    }
    if (make || (!stored && !*block)) days.insert(day);
  }
  return days;
}

Status GoldQuery::read(const GoldRange& range, const Take& take) {
  auto snapshot = ReadSnapshot::begin(database_);
  if (!snapshot) return std::move(snapshot).error();
  return read_days(range, take);
}

Status GoldQuery::read_days(const GoldRange& range, const Take& take) {
  if (range.since >= range.until || gold_columns(range.stream).empty()) return {};
  const std::int64_t first = std::max<std::int64_t>(0, range.since / kDayMs);
  const std::int64_t last = std::min(kDayMax, (range.until - 1) / kDayMs);
  auto to_make = days_to_make(range, first, last);
  if (!to_make) return std::move(to_make).error();
  bool more = true;
  const auto hand_out = [&](std::vector<GoldRow>& rows) {
    for (GoldRow& row : rows) {
      if (row.start < range.since || row.start >= range.until) continue;
      more = more && take(row);
      if (!more) return;
    }
  };
  auto next = to_make->begin();
  const auto make_before = [&](std::int64_t day) -> Status {
    for (; more && next != to_make->end() && *next < day; ++next) {
      auto made = maker_->make(range.station, range.stream, *next, std::span(&range.resolution, 1));
      if (!made) return std::move(made).error();
      hand_out(made->front());
    }
    return {};
  };
  Status status;
  WAYSIDE_TRY(store_.read(range.station, range.stream, range.resolution, first, last,
                          [&](std::int64_t day, std::vector<GoldRow>& rows) {
                            status = make_before(day);
                            if (status.ok() && more && !to_make->contains(day)) hand_out(rows);
                            return status.ok() && more;
                          }));
  WAYSIDE_TRY(std::move(status));
  return make_before(kDayMax + 1);
}

}  // namespace wayside::central
