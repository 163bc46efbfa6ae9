#pragma once

#include <memory>
#include <string>

#include "edge/loss_notes.h"
#include "edge/outbox_store.h"

namespace wayside::edge {

/// Moves a damaged outbox and its log to `<path>.damaged-<time>` and says where. Nothing is deleted.
Result<std::string> set_aside(const std::string& path, UtcTime now);

struct Salvage {
  std::uint64_t readings = 0;  ///< copied, under the numbers they had
  LossNotes losses;            ///< what is known to have had a number and could not be read, if Kafka has not got it
};

/// Copies into a new outbox what SQLite can still read of a damaged one, from both sides of the damage: stations, epochs
/// with their accounts, and readings that the contract takes. Inside a transaction of `store`. What cannot be read is no
/// error.
Result<Salvage> salvage(const std::string& damaged_path, OutboxStore& store);

/// Opens or creates the outbox at `path`. One that SQLite calls damaged is set aside and logged, and a new one begun with
/// what could be salvaged; `losses` says what could not.
Result<std::unique_ptr<OutboxStore>> open_or_salvage(const std::string& path, LossNotes& losses);

}  // namespace wayside::edge
