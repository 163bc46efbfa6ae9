#pragma once

#include <optional>

#include "central/health_store.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// Whether a loss statement can be true: its ranges end at its last_seq, which lies within what the agent can have
/// accepted. In the statement's own epoch that is its own number; in another epoch the agent's last word about it plus
/// kAcceptedPerSecondMax readings for each second since (and an hour, or 30 days where there was no word). Without this
/// one absurd number would stand in the ledger as 9,007,199,254,740,991 accepted readings.
std::optional<Refusal> check_loss_statement(const LossStatement& loss, const Reading& reading, UtcTime received,
                                            const std::optional<EpochWord>& word);

inline constexpr std::uint64_t kAcceptedPerSecondMax = 100'000;

}  // namespace wayside::central
