#include "edge/settled_readings.h"

#include <algorithm>

namespace wayside::edge {
namespace {

constexpr const char* kReason = "unpublishable";

}  // namespace

void SettledReadings::note(const StoredReading& stored, std::int64_t epoch_pk, ReadingStore::Outcome outcome) {
  const Reading& reading = stored.reading;
  const bool stated = outcome == ReadingStore::Outcome::kUnpublishable && reading.stream != Stream::kLoss;
  noted_.push_back({stored.id, epoch_pk, stored_bytes(reading.values), outcome, stated ? reading.station_id : "", reading.seq});
}

Status SettledReadings::remove_from(OutboxStore& store, const OutboxStations& stations, Epochs& totals, std::uint64_t& bytes,
                                    LossNotes& losses) const {
  for (const Noted& settled : noted_) {
    auto removed = store.remove(static_cast<std::int64_t>(settled.id));
    if (!removed) return std::move(removed).error();
    if (!*removed) continue;  // the limit had forced it out: it counts as dropped
    EpochTotals& epoch = totals[settled.epoch_pk];
    --epoch.waiting;
    ++epoch.settled_as(settled.outcome);
    bytes -= std::min(bytes, settled.bytes);
    if (settled.station_id.empty()) continue;
    losses.add_range(epoch.epoch, stations.key(settled.station_id), {settled.seq, settled.seq}, settled.seq, kReason);
  }
  return {};
}

}  // namespace wayside::edge
