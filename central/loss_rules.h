#pragma once

#include <optional>

#include "central/health_store.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// Whether a loss statement can be true: its ranges end at its last_seq, which lies within what the agent can have
/// accepted. In the statement's own epoch that is its own number, in another one accepted_max. Without this
/// one absurd number would stand in the ledger as 9,007,199,254,740,991 accepted readings.
std::optional<Refusal> check_loss_statement(const LossStatement& loss, const Reading& reading, UtcTime received,
                                            const std::optional<EpochWord>& word);

inline constexpr std::uint64_t kAcceptedPerSecondMax = 100'000;

/// The highest number of an epoch that an agent can have given by then: its last word plus kAcceptedPerSecondMax readings
/// for each second since and an hour more; without a word 30 days of them. Health lags minutes behind, so no honest agent
/// comes near it.
std::uint64_t accepted_max(const std::optional<EpochWord>& word, UtcTime received);
Refusal more_than_accepted(std::string_view what, std::uint64_t number, std::uint64_t limit);

}  // namespace wayside::central
