#include "firmware-sim/trip_replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wayside::sim {
namespace {

std::shared_ptr<const GbfsDocument> make_document(std::string body, const std::string& tag) {
  return std::make_shared<const GbfsDocument>(GbfsDocument{std::move(body), "\"" + tag + "\""});
}

}  // namespace

TripReplay::TripReplay(TripHistory history, const TripReplayOptions& options, UtcTime start)
    : history_(std::move(history)), options_(options), start_(start), last_changed_(start) {
  plan_moves();
  fill_docks(start);
  const std::string tag = std::to_string(start_.ms);
  information_ = make_document(station_information(head(), docks_), tag + "-info");
  system_ = make_document(system_information(head()), tag + "-system");
}

void TripReplay::plan_moves() {
  if (history_.trips.empty()) return;
  const auto first = std::min_element(history_.trips.begin(), history_.trips.end(),
                                      [](const Trip& a, const Trip& b) { return a.started < b.started; });
  const std::int64_t begin_ms = first->started.ms;
  for (const Trip& trip : history_.trips) {
    moves_.push_back({trip.started.ms - begin_ms, trip.start, false});
    if (trip.end) moves_.push_back({trip.ended.ms - begin_ms, *trip.end, true});
  }
  std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) {
    return a.at_ms != b.at_ms ? a.at_ms < b.at_ms : a.arrives && !b.arrives;
  });
}

void TripReplay::fill_docks(UtcTime start) {
  struct Level {
    int now = 0;
    int lowest = 0;
    int highest = 0;
  };
  std::vector<Level> levels(history_.stations.size());
  for (const Move& move : moves_) {
    Level& level = levels[move.station];
    level.now += move.arrives ? 1 : -1;
    level.lowest = std::min(level.lowest, level.now);
    level.highest = std::max(level.highest, level.now);
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const TripStation& station = history_.stations[i];
    BikeStation dock;
    dock.id = station.id;
    dock.place = {station.name, station.lat, station.lon, 0};
    dock.bikes = -levels[i].lowest;
    dock.capacity = levels[i].highest - levels[i].lowest + 2;
    dock.docks = dock.capacity - dock.bikes;
    dock.last_reported_s = start.seconds();
    docks_.push_back(std::move(dock));
  }
}

std::int64_t TripReplay::due_ms(const Move& move) const {
  return start_.ms + static_cast<std::int64_t>(static_cast<double>(move.at_ms) / options_.speed);
}

std::int64_t TripReplay::next_due_ms(UtcTime now) const {
  return finished() ? -1 : std::max<std::int64_t>(0, due_ms(moves_[next_]) - now.ms);
}

void TripReplay::advance(UtcTime now) {
  bool changed = false;
  for (; next_ < moves_.size() && due_ms(moves_[next_]) <= now.ms; ++next_) {
    const Move& move = moves_[next_];
    BikeStation& dock = docks_[move.station];
    dock.bikes += move.arrives ? 1 : -1;
    dock.docks -= move.arrives ? 1 : -1;
    dock.last_reported_s = now.seconds();
    ++(move.arrives ? arrived_ : departed_);
    changed = true;
  }
  for (BikeStation& dock : docks_) {
    if (static_cast<double>(now.seconds() - dock.last_reported_s) < options_.heartbeat_s) continue;
    dock.last_reported_s = now.seconds();
    changed = true;
  }
  if (!changed) return;
  last_changed_ = now;
  ++revision_;
}

GbfsHead TripReplay::head() const { return {GbfsVersion::k2_3, last_changed_.seconds(), options_.ttl_s, 0}; }

std::shared_ptr<const GbfsDocument> TripReplay::document(std::string_view name, std::string_view) {
  if (name == "station_information") return information_;
  if (name == "system_information") return system_;
  if (name != "station_status") return nullptr;
  if (!status_ || served_revision_ != revision_) {
    served_revision_ = revision_;
    status_ = make_document(station_status(head(), docks_), std::to_string(start_.ms) + "-" + std::to_string(revision_));
  }
  return status_;
}

std::string TripReplay::status() const {
  nlohmann::ordered_json out = {{"source", "trips"},
                                {"stations", docks_.size()},
                                {"rows", history_.rows},
                                {"rides", history_.trips.size()},
                                {"departed", departed_},
                                {"arrived", arrived_},
                                {"without_end", history_.without_end},
                                {"finished", finished()}};
  for (std::size_t i = 0; i < kTripFaultCount; ++i) {
    if (history_.damaged[i] != 0) out["damaged"][std::string(to_text(static_cast<TripFault>(i)))] = history_.damaged[i];
  }
  return out.dump();
}

}  // namespace wayside::sim
