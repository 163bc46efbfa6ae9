#pragma once

#include <cstdint>
#include <vector>

namespace wayside {

/// An inclusive run of sequence numbers, `first <= last`.
struct SeqRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const { return last - first + 1; }
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

/// A set of sequence numbers kept as sorted, disjoint, non-adjacent runs: the form of receipts, of losses and of
/// central's accounts. Adding at the end costs nothing; the size is the number of runs, not of numbers. Not thread-safe.
class RangeSet {
 public:
  RangeSet() = default;

  /// Adds a run; returns how many numbers of it were new.
  std::uint64_t insert(SeqRange range);
  std::uint64_t insert(std::uint64_t seq) { return insert(SeqRange{seq, seq}); }
  /// Removes a run; returns how many numbers of it were there.
  std::uint64_t erase(SeqRange range);

  bool contains(std::uint64_t seq) const;
  bool empty() const { return runs_.empty(); }
  std::uint64_t count() const;
  /// The numbers in [first, last] that are not in the set.
  std::vector<SeqRange> missing(SeqRange window) const;
  /// Highest number in the set, 0 when empty.
  std::uint64_t last() const { return runs_.empty() ? 0 : runs_.back().last; }
  const std::vector<SeqRange>& runs() const { return runs_; }
  void clear() { runs_.clear(); }

  friend bool operator==(const RangeSet&, const RangeSet&) = default;

 private:
  std::vector<SeqRange> runs_;
};

}  // namespace wayside
