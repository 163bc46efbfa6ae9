#pragma once

#include <cstdint>
#include <vector>

#include "edge/epoch_accounts.h"
#include "edge/loss_notes.h"
#include "edge/outbox_stations.h"

namespace wayside::edge {

/// Readings that were let go of and are in the outbox's tables still: they leave with the next commit.
class SettledReadings {
 public:
  void note(const StoredReading& stored, std::int64_t epoch_pk, ReadingStore::Outcome outcome);
  std::size_t count() const { return noted_.size(); }
  void clear() { noted_.clear(); }

  /// Removes them, counts them in `totals` and takes them off `bytes`. What could not be published comes into `losses`; a
  /// loss statement does not, as its statement would fare no better. Belongs inside a transaction.
  Status remove_from(OutboxStore& store, const OutboxStations& stations, Epochs& totals, std::uint64_t& bytes,
                     LossNotes& losses) const;

 private:
  struct Noted {
    OutboxId id{};
    std::int64_t epoch_pk = 0;
    std::uint64_t bytes = 0;
    ReadingStore::Outcome outcome{};
    std::string station_id;  // of what could not be published, as seq
    std::uint64_t seq = 0;
  };
  std::vector<Noted> noted_;
};

}  // namespace wayside::edge
