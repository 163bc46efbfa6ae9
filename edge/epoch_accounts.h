#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/contract/message.h"
#include "edge/outbox_store.h"

namespace wayside::edge {

/// The outbox's epochs by epoch_pk, oldest first.
using Epochs = std::map<std::int64_t, EpochTotals>;

/// For health, newest first: all with waiting readings, and some older ones.
std::vector<EpochAccount> epoch_accounts(const Epochs& epochs);
std::uint64_t waiting_of(const Epochs& epochs);
/// A new epoch begins with each unclean stop: those in which nothing was accepted, and settled ones that health does not
/// show any more, need not be kept for ever.
std::vector<std::int64_t> forgettable(const Epochs& epochs);

/// 16 random hex digits.
std::string random_epoch();

}  // namespace wayside::edge
