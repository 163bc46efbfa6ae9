#pragma once

#include <cstdint>

namespace wayside::central {

/// Row numbers of central's database; distinct types so that they cannot be mixed up. 0 is "none".
enum class StationPk : std::int64_t {};
enum class AgentPk : std::int64_t {};
enum class AccountPk : std::int64_t {};
enum class ShapePk : std::int64_t {};
enum class ClusterPk : std::int64_t {};

template <class Pk>
constexpr std::int64_t raw(Pk pk) {
  return static_cast<std::int64_t>(pk);
}

}  // namespace wayside::central
