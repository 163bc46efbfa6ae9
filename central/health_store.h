#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "central/ids.h"
#include "common/base/result.h"
#include "common/base/sqlite.h"
#include "common/base/time.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// What an agent said last about one of its epochs.
struct EpochWord {
  std::uint64_t accepted = 0;  ///< over all its stations
  UtcTime said_at;
};

/// Tables `health` and `agent_epoch`, writer's side: what agents and bridges said about themselves last.
class HealthStore {
 public:
  static Result<HealthStore> open(SqlDatabase& database);

  /// Keeps a health message; fields that it lacks (a last will has few) keep their last value. `json` was checked.
  /// A message that says its version is the sender's own word and moves `last_word_at`; a will does not.
  Status save(std::string_view name, std::string_view json, UtcTime received);
  /// Whether the agent can have accepted as many readings as its message says (loss_rules.h).
  Result<std::optional<Refusal>> check_epochs(AgentPk agent, std::string_view json, UtcTime said);
  /// Keeps what an agent's message says about its epochs.
  Status save_epochs(AgentPk agent, std::string_view json, UtcTime said);
  Result<std::optional<EpochWord>> word(AgentPk agent, std::string_view epoch);
  /// Forgets a name (its retained message was cleared).
  Status remove(std::string_view name);

 private:
  SqlStatement select_;
  SqlStatement upsert_;
  SqlStatement remove_;
  SqlStatement empty_epochs_;
  SqlStatement upsert_epoch_;
  SqlStatement select_epoch_;
};

}  // namespace wayside::central
