#include "common/contract/reason.h"

namespace wayside {
namespace {

constexpr std::array<std::string_view, kReasonCount> kTexts{
    "bad_topic",      "bad_json",      "bad_type",    "missing_field", "out_of_range", "bad_time",    "too_large",
    "topic_mismatch", "kafka_refused", "future_time", "not_owner",     "seq_reused",   "counter_jump"};

}  // namespace

std::string_view to_text(Reason reason) { return kTexts[static_cast<std::size_t>(reason)]; }

std::optional<Reason> parse_reason(std::string_view text) {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (kTexts[i] == text) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

}  // namespace wayside
