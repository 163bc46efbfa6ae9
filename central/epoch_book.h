#pragma once

#include <cstdint>
#include <string_view>

#include "central/ledger_parts.h"

namespace wayside::central {

/// One epoch of an agent: central's books summed over its stations, and the agent's last word about it.
struct EpochBook {
  Parts parts;
  std::int64_t last_seqs = 0;       ///< sum over stations: what central knows to have been accepted
  std::int64_t before_opening = 0;  ///< numbers below the openings of accounts that opened late
  std::int64_t said_accepted = 0;
  std::int64_t said_receipted = 0;
  std::int64_t said_refused = 0;
  std::int64_t said_dropped = 0;
  std::int64_t said_waiting = 0;
  bool before_gap = false;  ///< said before an operator took a gap: what Kafka had then and central has not is gone

  /// Accepted beyond the highest numbers that central knows.
  std::int64_t ahead() const;
  /// Holes that the agent says to have dropped; its statement waits behind the backlog.
  std::int64_t holes_dropped() const;
  /// Other holes whose readings it says to hold still: live readings overtake the backlog.
  std::int64_t holes_held() const;
  /// What the agent has let go by receipts or statements and the books lack: ONE difference, because a receipted reading may
  /// have been refused by central.
  std::int64_t in_kafka() const;
  /// Adds the agent's word to the parts. What it accepted and central has not heard of is on its way, as far as the agent
  /// holds it or Kafka has it: the rest died with the memory of an agent in flash-saver, and is missing.
  void settle();
  /// One account's part of the epoch's waiting and dropped holes, of which nobody knows where they lie. Rounded up: as long
  /// as the agent drains, a hole is not called missing.
  void settle_share(Parts& account) const;
};

/// Columns over accounts for read_epoch_sums. total() and not sum(): whatever the books say, it does not overflow.
inline constexpr std::string_view kEpochSums =
    "total(accepted_n), total(received_n), total(refused_n), total(dropped_n), total(missing_n), total(repeated), "
    "total(last_seq), total(opened_at_seq - 1)";
void read_epoch_sums(const SqlStatement& row, int column, EpochBook& book);

/// Columns of `agent_epoch` for read_epoch_word.
inline constexpr std::string_view kEpochWord =
    "accepted, receipted, refused, dropped, waiting, said_at < (SELECT max(accepted_at) FROM gap)";
void read_epoch_word(const SqlStatement& row, int column, EpochBook& book);

}  // namespace wayside::central
