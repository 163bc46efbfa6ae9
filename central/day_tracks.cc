#include "central/day_tracks.h"

#include <algorithm>
#include <string_view>

#include "central/account.h"
#include "common/contract/reading.h"

namespace wayside::central {

DayTrack::DayTrack(const std::vector<SilverRow>& rows, std::int64_t day) : from_(day * kDayMs) {
  std::vector<const SilverRow*> order;
  for (const SilverRow& row : rows) {
    if (row.clock != static_cast<std::int64_t>(ClockQuality::kUnknown)) order.push_back(&row);
  }
  std::stable_sort(order.begin(), order.end(), [](const SilverRow* a, const SilverRow* b) {
    return std::pair(a->key.observed_at, a->kafka_offset) < std::pair(b->key.observed_at, b->kafka_offset);
  });
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_cells;  // views into `rows`
  points_.reserve(order.size());
  for (const SilverRow* row : order) {
    std::vector<std::uint32_t>& alike = by_cells[row->cells];
    const auto same = std::find_if(alike.begin(), alike.end(), [&](std::uint32_t i) {
      return values_[i].clock == row->clock && values_[i].shape == row->shape;
    });
    const auto value = same != alike.end() ? *same : static_cast<std::uint32_t>(values_.size());
    if (same == alike.end()) {
      alike.push_back(value);
      values_.push_back({row->clock, row->shape, row->cells});
    }
    points_.push_back({static_cast<std::uint32_t>(row->key.observed_at - from_), value});
  }
  values_.shrink_to_fit();
}

std::size_t DayTrack::until(std::int64_t at) const {
  const auto behind = std::upper_bound(points_.begin(), points_.end(), at - from_,
                                       [](std::int64_t time, const Point& point) { return time < point.at; });
  return static_cast<std::size_t>(behind - points_.begin());
}

std::size_t DayTrack::bytes() const {
  std::size_t bytes = sizeof *this + points_.capacity() * sizeof(Point) + values_.capacity() * sizeof(Value);
  for (const Value& value : values_) bytes += value.cells.capacity();
  return bytes;
}

std::shared_ptr<const DayTrack> DayTracks::find(const Block& block) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(block.key);
  if (found == by_key_.end() || found->second->block != block) return nullptr;
  kept_.splice(kept_.begin(), kept_, found->second);
  return found->second->track;
}

void DayTracks::keep(const Block& block, std::shared_ptr<const DayTrack> track) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(block.key); found != by_key_.end()) drop(found->second);
  counters_.bytes += track->bytes();
  ++counters_.made_total;
  kept_.push_front({block, std::move(track)});
  by_key_[block.key] = kept_.begin();
  while (counters_.bytes > bytes_max_ && kept_.size() > 1) {
    drop(std::prev(kept_.end()));
    ++counters_.dropped_total;
  }
}

void DayTracks::drop(std::list<Kept>::iterator kept) {
  counters_.bytes -= kept->track->bytes();
  by_key_.erase(kept->block.key);
  kept_.erase(kept);
}

DayTracksCounters DayTracks::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace wayside::central
