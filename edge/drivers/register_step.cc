#include "edge/drivers/register_step.h"

namespace wayside::edge {

std::string_view to_text(RegisterChange change) {
  switch (change) {
    case RegisterChange::kForward: return "forward";
    case RegisterChange::kBackward: return "backward";
    case RegisterChange::kRolledOver: return "rolled_over";
    case RegisterChange::kReset: return "reset";
    case RegisterChange::kReplaced: return "replaced";
  }
  return "replaced";
}

RegisterStep judge_register(const AuditRegister& last, const AuditRegister& now, std::uint64_t plausible, bool counts_down) {
  const std::uint64_t r = last.value;
  const std::uint64_t v = now.value;
  if (last.modulus != now.modulus) return {RegisterChange::kReplaced, 0, 0};
  if (v >= r && v - r <= plausible) return {RegisterChange::kForward, 0, v - r};
  if (v > r) {
    const std::uint64_t through_zero = r + (now.modulus - v);
    if (through_zero <= plausible) return {RegisterChange::kRolledOver, r, now.modulus - v};
    return {RegisterChange::kReplaced, 0, 0};
  }
  const std::uint64_t through_end = (last.modulus - r) + v;
  if (through_end <= plausible) return {RegisterChange::kRolledOver, last.modulus - r, v};
  const bool small_step = r - v <= plausible;
  if (small_step && (counts_down || v > plausible)) return {RegisterChange::kBackward, 0, r - v};
  if (v <= plausible) return {RegisterChange::kReset, 0, v};
  return {RegisterChange::kReplaced, 0, 0};
}

}  // namespace wayside::edge
