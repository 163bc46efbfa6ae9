#pragma once

#include <functional>
#include <memory>
#include <set>

#include "central/gold_maker.h"
#include "central/gold_store.h"

namespace wayside::central {

/// Some gold of one station and stream.
struct GoldRange {
  StationPk station{0};
  Stream stream = Stream::kBikeStatus;
  Resolution resolution = Resolution::kHour;
  std::int64_t since = 0;  ///< buckets that start then or later (ms) …
  std::int64_t until = 0;  ///< … and before this
};

/// The one way to read gold: out of its blocks where they are valid, else made from silver on the spot, so that an answer
/// always is what all stored readings say. A day's block is valid while neither the day nor its neighbours are open.
class GoldQuery {
 public:
  /// Any connection; it must outlive the query.
  static Result<std::unique_ptr<GoldQuery>> open(SqlDatabase& database, std::int64_t report_interval_s);

  /// Hands out the rows by start and group, until `take` returns false. Holds one day of rows in memory. Runs in a
  /// transaction of its own, unless one is open.
  using Take = std::function<bool(GoldRow&)>;
  Status read(const GoldRange& range, const Take& take);

 private:
  GoldQuery(SqlDatabase& database, GoldStore store, std::unique_ptr<GoldMaker> maker)
      : database_(database), store_(std::move(store)), maker_(std::move(maker)) {}
  Status read_days(const GoldRange& range, const Take& take);
  /// Days that have to be made: those near an open day, and where the resolution is not stored all that silver has.
  Result<std::set<std::int64_t>> days_to_make(const GoldRange& range, std::int64_t first, std::int64_t last);

  SqlDatabase& database_;
  GoldStore store_;
  std::unique_ptr<GoldMaker> maker_;
  SqlStatement open_days_;
};

}  // namespace wayside::central
