#include "common/base/range_set.h"

#include <algorithm>

#include "common/base/result.h"

namespace wayside {
namespace {

/// First run that ends at or behind `seq`.
auto first_reaching(const std::vector<SeqRange>& runs, std::uint64_t seq) {
  return std::lower_bound(runs.begin(), runs.end(), seq, [](const SeqRange& run, std::uint64_t s) { return run.last < s; });
}

}  // namespace

std::uint64_t RangeSet::insert(SeqRange range) {
  WAYSIDE_CHECK(range.first <= range.last);
  // Runs that overlap or touch the new one melt into it.
  const std::uint64_t touch = range.first == 0 ? 0 : range.first - 1;
  auto begin = runs_.begin() + (first_reaching(runs_, touch) - runs_.cbegin());
  auto end = begin;
  std::uint64_t already = 0;
  SeqRange merged = range;
  for (; end != runs_.end() && (range.last == UINT64_MAX || end->first <= range.last + 1); ++end) {
    const std::uint64_t from = std::max(end->first, range.first);
    const std::uint64_t to = std::min(end->last, range.last);
    if (from <= to) already += to - from + 1;
    merged.first = std::min(merged.first, end->first);
    merged.last = std::max(merged.last, end->last);
  }
  if (begin == end) {
    runs_.insert(begin, merged);
  } else {
    *begin = merged;
    runs_.erase(begin + 1, end);
  }
  return range.size() - already;
}

std::uint64_t RangeSet::erase(SeqRange range) {
  WAYSIDE_CHECK(range.first <= range.last);
  std::uint64_t removed = 0;
  std::vector<SeqRange> kept;
  kept.reserve(runs_.size() + 1);
  for (const SeqRange& run : runs_) {
    const std::uint64_t from = std::max(run.first, range.first);
    const std::uint64_t to = std::min(run.last, range.last);
    if (from > to) {
      kept.push_back(run);
      continue;
    }
    removed += to - from + 1;
    if (run.first < from) kept.push_back({run.first, from - 1});
    if (run.last > to) kept.push_back({to + 1, run.last});
  }
  runs_ = std::move(kept);
  return removed;
}

bool RangeSet::contains(std::uint64_t seq) const {
  const auto run = first_reaching(runs_, seq);
  return run != runs_.end() && run->first <= seq;
}

std::uint64_t RangeSet::count() const {
  std::uint64_t total = 0;
  for (const SeqRange& run : runs_) total += run.size();
  return total;
}

std::vector<SeqRange> RangeSet::missing(SeqRange window) const {
  std::vector<SeqRange> gaps;
  std::uint64_t next = window.first;
  for (auto run = first_reaching(runs_, window.first); run != runs_.end() && run->first <= window.last; ++run) {
    if (run->first > next) gaps.push_back({next, run->first - 1});
    if (run->last >= window.last) return gaps;
    next = run->last + 1;
  }
  if (next <= window.last) gaps.push_back({next, window.last});
  return gaps;
}

}  // namespace wayside
