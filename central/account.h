#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/ids.h"
#include "common/base/range_set.h"
#include "common/base/result.h"
#include "common/base/sqlite.h"

namespace wayside::central {

/// The parts of an account within its window (opened_at_seq … last_seq). They add up:
/// accepted = received + refused + dropped + missing.
struct AccountTotals {
  std::uint64_t last_seq = 0;
  std::uint64_t accepted = 0;
  std::uint64_t received = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;
  std::uint64_t missing = 0;
};

/// Where a UTC day begins in an account: the lowest seq of a reading observed in it. With it a day can be told from the
/// sets alone, and costs one row an account and day.
struct DayStart {
  std::int64_t day = 0;  ///< days since 1970
  std::uint64_t first_seq = 0;
  std::uint64_t repeated_before = 0;  ///< repeats counted before its first reading came
  bool dirty = false;
};
inline constexpr std::int64_t kDayMs = 86'400'000;

/// Central's book of one (station, agent, epoch). A stranger's readings of a station lie in an account of their own, so
/// that they cannot disturb the owner's. Invariant: the three sets share no seq; a better fate replaces a worse one
/// (received over refused over dropped).
struct Account {
  AccountPk pk{0};
  StationPk station{0};
  AgentPk agent{0};
  std::string epoch;
  std::uint64_t opened_at_seq = 1;    ///< DESIGN 5.8; falls when a lower seq comes
  std::uint64_t stated_last_seq = 0;  ///< highest last_seq of a loss statement
  RangeSet received;
  RangeSet refused;
  RangeSet dropped;
  std::uint64_t repeated = 0;
  std::vector<DayStart> days;         ///< the newest, ascending
  std::uint64_t plausible_until = 0;  ///< not saved: the agent can have accepted as many
  bool dirty = false;

  /// A reading was observed on that day. Days older than the kept ones are passed over, and so is a number that lies within
  /// a later day.
  void note_day(std::int64_t day, std::uint64_t seq);
  void receive(std::uint64_t seq);
  /// Nothing changes for a seq that has been received.
  void refuse(std::uint64_t seq);
  /// Keeps what has another fate already.
  void drop(SeqRange range);
  void state_last(std::uint64_t seq);

  /// How many ranges the sets have.
  std::size_t runs() const { return received.runs().size() + refused.runs().size() + dropped.runs().size(); }
  /// Whether these numbers meet or adjoin one that has a fate: they fill a hole or go on, and begin no range of their own.
  bool touches(SeqRange seqs) const;
  /// The highest number that has a fate, or was stated.
  std::uint64_t last_seq() const;
  AccountTotals totals() const;
  /// The parts of some seqs; `last_seq` is the window's.
  AccountTotals totals_within(SeqRange window) const;
  /// The holes within the window.
  std::vector<SeqRange> missing_ranges() const;

 private:
  void open_at(std::uint64_t seq);
};

/// Table `account`, writer's side.
class AccountStore {
 public:
  static Result<AccountStore> open(SqlDatabase& database);
  /// Null when there is none.
  Result<std::unique_ptr<Account>> load(StationPk station, AgentPk agent, std::string_view epoch);
  Result<std::unique_ptr<Account>> create(StationPk station, AgentPk agent, std::string_view epoch,
                                          std::uint64_t opened_at_seq);
  Status save(Account& account);
  /// How many epochs of the agent the station has.
  Result<std::int64_t> count(StationPk station, AgentPk agent);

 private:
  explicit AccountStore(SqlDatabase& database) : database_(&database) {}
  Status load_days(Account& account);
  Status save_days(Account& account);
  SqlDatabase* database_;
  SqlStatement select_;
  SqlStatement insert_;
  SqlStatement update_;
  SqlStatement count_;
  SqlStatement select_days_;
  SqlStatement save_day_;
};

}  // namespace wayside::central
