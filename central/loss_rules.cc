#include "central/loss_rules.h"

#include <algorithm>

namespace wayside::central {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kNoWordMs = 30 * 24 * kHourMs;

Refusal out_of_range(const std::string& detail) { return {Reason::kOutOfRange, detail}; }

}  // namespace

std::uint64_t accepted_max(const std::optional<EpochWord>& word, UtcTime received) {
  const std::int64_t since_ms = word ? std::max<std::int64_t>(0, received.ms - word->said_at.ms) + kHourMs : kNoWordMs;
  return (word ? word->accepted : 0) + static_cast<std::uint64_t>(since_ms) / 1000 * kAcceptedPerSecondMax;
}

Refusal more_than_accepted(std::string_view what, std::uint64_t number, std::uint64_t limit) {
  return out_of_range(std::string(what) + " " + std::to_string(number) + " is more than the agent can have accepted (" +
                      std::to_string(limit) + ")");
}

std::optional<Refusal> check_loss_statement(const LossStatement& loss, const Reading& reading, UtcTime received,
                                            const std::optional<EpochWord>& word) {
  for (const SeqRange& range : loss.ranges) {
    if (range.last > loss.last_seq) {
      return out_of_range("ranges end at " + std::to_string(range.last) + ", above last_seq " + std::to_string(loss.last_seq));
    }
  }
  if (loss.epoch == reading.epoch) {
    if (loss.last_seq <= reading.seq) return std::nullopt;
    return out_of_range("last_seq " + std::to_string(loss.last_seq) + " is above the statement's own number " +
                        std::to_string(reading.seq));
  }
  const std::uint64_t limit = accepted_max(word, received);
  if (loss.last_seq <= limit) return std::nullopt;
  return more_than_accepted("last_seq", loss.last_seq, limit);
}

}  // namespace wayside::central
