#pragma once

#include <cstdint>
#include <string_view>

#include "edge/drivers/mta_audit.h"

namespace wayside::edge {

/// What happened to a cumulative register between two readings of it.
enum class RegisterChange : std::uint8_t {
  kForward,     ///< counted on, or stood still
  kBackward,    ///< counted down, as some devices do
  kRolledOver,  ///< went through its last number to 0, or through 0 when it counts down
  kReset,       ///< begun anew at 0
  kReplaced,    ///< jumped: another board, another counter
};
inline constexpr std::size_t kRegisterChangeCount = 5;
std::string_view to_text(RegisterChange change);

struct RegisterStep {
  RegisterChange change = RegisterChange::kForward;
  std::uint64_t before = 0;  ///< people up to the roll-over
  std::uint64_t after = 0;   ///< people since: since the reading before (kForward, kBackward), the roll-over or the reset
};

/// Judges one step. `plausible` is the most people who can have passed meanwhile; `counts_down` says that the last step that
/// was not still went down. A small register that falls to a small number is taken for a reset, unless it counts down.
RegisterStep judge_register(const AuditRegister& last, const AuditRegister& now, std::uint64_t plausible, bool counts_down);

}  // namespace wayside::edge
