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

/// Central's book of one (station, agent, epoch). A stranger's readings of a station lie in an account of their own, so
/// that they cannot disturb the owner's. Invariant: the three sets share no seq; a better fate replaces a worse one
/// (received over refused over dropped).
struct Account {
  AccountPk pk{0};
  StationPk station{0};
  AgentPk agent{0};
  std::string epoch;
  std::uint64_t opened_at_seq = 1;    ///< DESIGN 5.8
  std::uint64_t stated_last_seq = 0;  ///< highest last_seq of a loss statement
  RangeSet received;
  RangeSet refused;
  RangeSet dropped;
  std::uint64_t repeated = 0;
  bool dirty = false;

  void receive(std::uint64_t seq);
  /// Nothing changes for a seq that has been received.
  void refuse(std::uint64_t seq);
  /// Keeps what has another fate already.
  void drop(SeqRange range);
  void state_last(std::uint64_t seq);

  AccountTotals totals() const;
  /// The holes within the window.
  std::vector<SeqRange> missing_ranges() const;
};

/// Table `account`, writer's side.
class AccountStore {
 public:
  static Result<AccountStore> open(SqlDatabase& database);
  /// Null when there is none.
  Result<std::unique_ptr<Account>> load(StationPk station, AgentPk agent, std::string_view epoch);
  Result<std::unique_ptr<Account>> create(StationPk station, AgentPk agent, std::string_view epoch,
                                          std::uint64_t opened_at_seq);
  Status save(const Account& account);

 private:
  explicit AccountStore(SqlDatabase& database) : database_(&database) {}
  SqlDatabase* database_;
  SqlStatement select_;
  SqlStatement insert_;
  SqlStatement update_;
};

}  // namespace wayside::central
