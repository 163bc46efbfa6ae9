#include "central/board.h"

#include <algorithm>

namespace wayside::central {

std::string_view BoardStation::kind() const {
  if (info != nullptr && !info->kind.empty()) return info->kind;
  if (streams.empty() || streams.front().values.stream == Stream::kBikeStatus) return "bike";
  return streams.front().values.stream == Stream::kWeather ? "weather" : "rail";
}

const BoardStream* BoardStation::newest() const {
  const BoardStream* newest = nullptr;
  for (const BoardStream& stream : streams) {
    if (!stream.values.observed_at) continue;
    if (newest == nullptr || *newest->values.observed_at < *stream.values.observed_at) newest = &stream;
  }
  return newest;
}

const BoardStream* BoardStation::stream(Stream stream) const {
  const auto found =
      std::find_if(streams.begin(), streams.end(), [&](const BoardStream& each) { return each.values.stream == stream; });
  return found == streams.end() ? nullptr : &*found;
}

void Board::note_change(BoardStation& station) {
  station.version = ++version_;
  changed_.insert(station.id);
}

void Board::apply(std::vector<StationChange> changes, UtcTime now) {
  for (StationChange& change : changes) {
    if (change.shown) {
      replace(std::move(change), now);
    } else {
      remove(change.station_id);
    }
  }
}

void Board::replace(StationChange change, UtcTime now) {
  auto& place = stations_[change.station_id];
  if (place == nullptr) {
    place = std::make_unique<BoardStation>();
    place->id = change.station_id;
    ++counts_[static_cast<std::size_t>(place->state)];
  }
  BoardStation& station = *place;
  station.agent = std::move(change.agent);
  if (change.info != station.info || station.version == 0) search_.put(station.id, change.info.get(), station.info.get());
  station.info = std::move(change.info);
  station.streams.clear();
  for (StreamState& state : change.streams) {
    const double interval = interval_of(station.info.get(), state.stream);
    station.streams.push_back({std::move(state), interval, StationState::kNever});
  }
  for (const Stream stream : kAllStreams) {
    if (station.info == nullptr || !station.info->announced[static_cast<std::size_t>(stream)] || stream == Stream::kLoss)
      continue;
    const auto same = [stream](const BoardStream& known) { return known.values.stream == stream; };
    if (std::any_of(station.streams.begin(), station.streams.end(), same)) continue;
    BoardStream silent;
    silent.values.stream = stream;
    silent.report_interval_s = interval_of(station.info.get(), stream);
    station.streams.push_back(std::move(silent));
  }
  judge(station, now);
  note_change(station);
  removed_.erase(station.id);
}

void Board::remove(const std::string& id) {
  const auto found = stations_.find(id);
  if (found == stations_.end()) return;
  due_.erase({found->second->next_change_ms, found->second.get()});
  --counts_[static_cast<std::size_t>(found->second->state)];
  search_.remove(id);
  stations_.erase(found);
  ++version_;
  changed_.erase(id);
  removed_.insert(id);
}

void Board::judge(BoardStation& station, UtcTime now) {
  StationState worst = station.streams.empty() ? StationState::kNever : StationState::kLive;
  std::int64_t next = 0;
  for (BoardStream& stream : station.streams) {
    const StreamVerdict verdict = judge_stream(stream.values, stream.report_interval_s, now);
    stream.state = verdict.state;
    worst = std::min(worst, verdict.state);
    if (verdict.next_change && (next == 0 || verdict.next_change->ms < next)) next = verdict.next_change->ms;
  }
  --counts_[static_cast<std::size_t>(station.state)];
  ++counts_[static_cast<std::size_t>(worst)];
  station.state = worst;
  if (next == station.next_change_ms) return;
  due_.erase({station.next_change_ms, &station});
  if (next != 0) due_.insert({next, &station});
  station.next_change_ms = next;
}

void Board::tick(UtcTime now) {
  while (!due_.empty() && due_.begin()->first <= now.ms) {
    BoardStation& station = *due_.begin()->second;
    judge(station, now);
    note_change(station);
  }
}

const BoardStation* Board::find(std::string_view id) const {
  const auto found = stations_.find(id);
  return found == stations_.end() ? nullptr : found->second.get();
}

Board::Changed Board::take_changed() {
  Changed changed;
  for (const std::string& id : changed_) changed.stations.push_back(stations_.find(id)->second.get());
  changed.removed.assign(removed_.begin(), removed_.end());
  changed_.clear();
  removed_.clear();
  return changed;
}

double Board::interval_of(const StationInfo* info, Stream stream) const {
  const double said = info == nullptr ? 0 : info->report_interval_s[static_cast<std::size_t>(stream)];
  return said > 0 ? said : report_interval_s_default_;
}

}  // namespace wayside::central
