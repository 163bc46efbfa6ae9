#include "edge/loss_notes.h"

#include <algorithm>

namespace wayside::edge {
namespace {

// Runs in one loss statement: 250 of them, with the largest numbers, stay far below the contract's 16 KiB.
constexpr std::size_t kRunsMax = 250;

}  // namespace

void LossNotes::add(const std::string& epoch, const ReadingRow& row, std::uint64_t last_seq) {
  Lost& own = lost_[{epoch, row.station_pk}];
  own.seqs.insert(row.seq);
  own.last_seq = std::max(own.last_seq, last_seq);
  if (row.stream != Stream::kLoss) return;
  if (const auto stated = parse_loss(row.values)) {
    Lost& again = lost_[{stated->epoch, row.station_pk}];
    for (const SeqRange& range : stated->ranges) again.seqs.insert(range);
    again.last_seq = std::max(again.last_seq, stated->last_seq);
  }
}

std::vector<LossNotes::Statement> LossNotes::statements(const std::string& reason) const {
  std::vector<Statement> all;
  for (const auto& [place, lost] : lost_) {
    const auto& [epoch, station] = place;
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
