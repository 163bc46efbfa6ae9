#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/range_set.h"
#include "edge/outbox_store.h"

namespace wayside::edge {

/// Gathers which readings were lost, and makes the loss statements that say so. Pure logic.
class LossNotes {
 public:
  /// A reading of `epoch` was lost, whose station had got numbers up to `last_seq`. When it is a loss statement, what it
  /// states is stated again.
  void add(const std::string& epoch, const ReadingRow& row, std::uint64_t last_seq, const std::string& reason = "outbox_full");

  /// Readings of a station that are lost without their rows having been read.
  void add_range(const std::string& epoch, std::int64_t station_pk, SeqRange range, std::uint64_t last_seq,
                 const std::string& reason) {
    note({epoch, station_pk, reason}, range, last_seq);
  }

  struct Statement {
    std::int64_t station_pk = 0;
    std::string values;  ///< of stream loss, within the contract's size
  };
  std::vector<Statement> statements() const;
  /// About what the statements will take in the store.
  std::uint64_t bytes() const;

 private:
  struct Lost {
    RangeSet seqs;
    std::uint64_t last_seq = 0;
  };
  using Place = std::tuple<std::string, std::int64_t, std::string>;  // epoch, station_pk, reason
  void note(const Place& place, SeqRange range, std::uint64_t last_seq);
  std::map<Place, Lost> lost_;
  std::size_t runs_ = 0;
};

}  // namespace wayside::edge
