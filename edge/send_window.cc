#include "edge/send_window.h"

#include <algorithm>

namespace wayside::edge {

SendWindow::SendWindow(std::size_t size, WindowTimes times, std::uint32_t seed)
    : size_(size), times_(times), random_(seed), silence_wait_(times.silence_first) {}

std::size_t SendWindow::room() const { return waiting_for_probe_ || flights_.size() >= size_ ? 0 : size_ - flights_.size(); }

std::uint64_t SendWindow::sent(StoredReading reading, MonoTime now) {
  if (flights_.empty()) heard(now);  // silence is counted from the first reading that waits
  const Key key{reading.reading.epoch, reading.reading.station_id, reading.reading.seq};
  Flight& flight = flights_[key];
  flight.reading = std::move(reading);
  flight.publication = ++publications_;
  flight.sent_at = now;
  by_publication_[flight.publication] = key;
  return flight.publication;
}

void SendWindow::unheard(std::uint64_t publication) {
  if (by_publication_.contains(publication)) ++unheard_;
  waiting_for_probe_ = waiting_for_probe_ || unheard_ > 0;
}

StoredReading SendWindow::withdraw(std::uint64_t publication) {
  const auto entry = by_publication_.extract(publication);
  WAYSIDE_CHECK(!entry.empty());
  auto flight = flights_.extract(entry.mapped());
  if (publication == probe_) waiting_for_probe_ = false;  // nothing was asked
  return std::move(flight.mapped().reading);
}

void SendWindow::take(const std::string& epoch, const std::string& station, const RangeSet& ranges,
                      std::vector<StoredReading>& out, Taken& taken) {
  for (const SeqRange& range : ranges.runs()) {
    auto flight = flights_.lower_bound(Key{epoch, station, range.first});
    while (flight != flights_.end() && flight->first.epoch == epoch && flight->first.station_id == station &&
           flight->first.seq <= range.last) {
      taken.highest_publication = std::max(taken.highest_publication, flight->second.publication);
      taken.sent_first_at = std::min(taken.sent_first_at.value_or(flight->second.sent_at), flight->second.sent_at);
      by_publication_.erase(flight->second.publication);
      out.push_back(std::move(flight->second.reading));
      flight = flights_.erase(flight);
    }
  }
}

SendWindow::Settled SendWindow::receipt(const Receipt& receipt, MonoTime now) {
  Settled settled;
  Taken taken;
  for (const auto& [station, ranges] : receipt.stations) take(receipt.epoch, station, ranges, settled.receipted, taken);
  for (const auto& [station, ranges] : receipt.refused) take(receipt.epoch, station, ranges, settled.refused, taken);
  // The bridge works in order: it answered a health message, so it has seen all that was published before.
  if (receipt.now) {
    taken.highest_publication = std::max(taken.highest_publication, health_publication_ + 1);
    waiting_for_probe_ = false;  // it hears us: as good as the probe's receipt, which may be what got lost
  }
  overtaken(taken.highest_publication, now);
  if (taken.sent_first_at) settled.longest_wait = now - *taken.sent_first_at;
  if (!settled.receipted.empty() || !settled.refused.empty()) {
    for (auto& [key, flight] : flights_) {
      if (flight.behind_probe) flight.lost_at = now + times_.silence_first;
    }
  }
  if (unheard_ > 0) {
    // The bridge is back: what nobody heard goes out again at once.
    for (auto& [key, flight] : flights_) flight.resend_now = true;
    unheard_ = 0;
    heard(now);
  } else if (!settled.receipted.empty() || !settled.refused.empty()) {
    heard(now);
  }
  return settled;
}

/// Published before one that has its receipt, and still without: lost, unless its receipt is on the way.
void SendWindow::overtaken(std::uint64_t highest, MonoTime now) {
  // A receipt long after the probe may be that of its first copy, behind a long queue: then the others follow it.
  const bool in_doubt = highest == probe_ && now - probe_sent_at_ > times_.overtaken_grace;
  for (auto entry = by_publication_.begin(); entry != by_publication_.end() && entry->first < highest; ++entry) {
    Flight& flight = flights_.at(entry->second);
    if (flight.lost_at && (in_doubt || !flight.behind_probe)) continue;
    flight.lost_at = now + (in_doubt ? times_.silence_first : times_.overtaken_grace);
    flight.behind_probe = in_doubt;
  }
}

void SendWindow::health_sent() { health_publication_ = publications_; }

void SendWindow::heard(MonoTime now) {
  waiting_for_probe_ = false;
  silence_wait_ = times_.silence_first;
  probe_at_ = now + jittered(silence_wait_);
}

void SendWindow::session_started(MonoTime now) {
  for (auto& [key, flight] : flights_) flight.resend_now = true;
  unheard_ = 0;
  probe_ = 0;
  heard(now);
}

std::vector<SendWindow::Resend> SendWindow::due(MonoTime now, std::size_t limit) {
  std::vector<std::uint64_t> publications;
  for (const auto& [publication, key] : by_publication_) {
    if (publications.size() >= limit) break;
    const Flight& flight = flights_.at(key);
    if (flight.resend_now || (flight.lost_at && now >= *flight.lost_at)) publications.push_back(publication);
  }
  if (publications.empty() && !by_publication_.empty() && now >= probe_at_) {
    publications.push_back(by_publication_.begin()->first);
    probe_ = publications_ + 1;
    probe_sent_at_ = now;
    waiting_for_probe_ = true;
    silence_wait_ = std::min(silence_wait_ * 2, times_.silence_max);
    probe_at_ = now + jittered(silence_wait_);
  }
  std::vector<Resend> resends;
  for (const std::uint64_t publication : publications) {
    const auto entry = by_publication_.extract(publication);
    Flight& flight = flights_.at(entry.mapped());
    flight.publication = ++publications_;
    flight.resend_now = false;
    flight.sent_at = now;
    flight.lost_at.reset();
    flight.behind_probe = false;
    by_publication_[flight.publication] = entry.mapped();
    resends.push_back({flight.publication, &flight.reading});
  }
  return resends;
}

std::optional<MonoTime> SendWindow::next_due() const {
  if (flights_.empty()) return std::nullopt;
  MonoTime next = probe_at_;
  for (const auto& [key, flight] : flights_) {
    if (flight.resend_now) return MonoTime::zero();
    if (flight.lost_at) next = std::min(next, *flight.lost_at);
  }
  return next;
}

MonoTime SendWindow::jittered(MonoTime wait) {
  // Between 80 and 120 %: a thousand agents must not probe in step.
  std::uniform_int_distribution<std::int64_t> percent(80, 120);
  return wait * percent(random_) / 100;
}

}  // namespace wayside::edge
