#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wayside {

/// Where the process shall die: `WAYSIDE_FAULT=name` or `name:N` for the Nth pass.
struct FaultPlan {
  std::string point;
  std::uint64_t pass = 1;
};
/// Nothing for an empty text, an empty name or an N that is no number from 1.
std::optional<FaultPlan> parse_fault_plan(std::string_view text);

extern const bool kFaultPlanSet;
void reach_fault_point(std::string_view name);

/// A place at which tests can kill the process as `kill -9` or a power cut would: when the environment variable
/// WAYSIDE_FAULT names it, the process sends itself SIGKILL. One load and a branch when the variable is not set.
/// Thread-safe. A plan that cannot be read stops the process at start: a test must not pass because of a typing error.
inline void fault_point(std::string_view name) {
  if (kFaultPlanSet) [[unlikely]]
    reach_fault_point(name);
}

}  // namespace wayside
