#include "edge/loss_notes.h"

#include <algorithm>

namespace wayside::edge {
namespace {

// Runs in one loss statement: 250 of them, with the largest numbers, stay far below the contract's 16 KiB.
constexpr std::size_t kRunsMax = 250;
// Of a statement with its row in the store, and of a run in it.
constexpr std::uint64_t kStatementBytes = 140;
constexpr std::uint64_t kRunBytes = 20;

}  // namespace

void LossNotes::add(const std::string& epoch, const ReadingRow& row, std::uint64_t last_seq, const std::string& reason) {
  note({epoch, row.station_pk, reason}, {row.seq, row.seq}, last_seq);
  if (row.stream != Stream::kLoss) return;
  if (const auto stated = parse_loss(row.values)) {
    const Place again{stated->epoch, row.station_pk, stated->reason};
    lost_[again].last_seq = std::max(lost_[again].last_seq, stated->last_seq);
    for (const SeqRange& range : stated->ranges) note(again, range, stated->last_seq);
  }
}

void LossNotes::note(const Place& place, SeqRange range, std::uint64_t last_seq) {
  Lost& lost = lost_[place];
  runs_ -= lost.seqs.runs().size();
  lost.seqs.insert(range);
  runs_ += lost.seqs.runs().size();
  lost.last_seq = std::max(lost.last_seq, last_seq);
}

std::uint64_t LossNotes::bytes() const { return lost_.size() * kStatementBytes + runs_ * kRunBytes; }

std::vector<LossNotes::Statement> LossNotes::statements() const {
  std::vector<Statement> all;
  for (const auto& [place, lost] : lost_) {
    const auto& [epoch, station, reason] = place;
    const std::vector<SeqRange>& runs = lost.seqs.runs();
    // One without runs says how far the numbers went.
    for (std::size_t first = 0; first == 0 || first < runs.size(); first += kRunsMax) {
      const auto begin = runs.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(kRunsMax, runs.size() - first));
      all.push_back({station, encode_loss({epoch, {begin, end}, reason, lost.last_seq})});
    }
  }
  return all;
}

}  // namespace wayside::edge
