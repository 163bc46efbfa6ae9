#include "central/health_store.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "central/loss_rules.h"
#include "common/contract/names.h"

namespace wayside::central {
namespace {

using nlohmann::json;

std::int64_t count_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return 0;
  const auto value = found->get<std::uint64_t>();
  return value > 9'007'199'254'740'991U ? 0 : static_cast<std::int64_t>(value);
}

/// The well-formed ones of a message's epochs, with their names.
std::vector<std::pair<std::string, json>> epochs_of(const json& said) {
  std::vector<std::pair<std::string, json>> found;
  const auto epochs = said.is_object() ? said.find("epochs") : said.end();
  if (!said.is_object() || epochs == said.end() || !epochs->is_array()) return found;
  for (const json& account : *epochs) {
    const auto epoch = account.is_object() ? account.find("epoch") : account.end();
    if (!account.is_object() || epoch == account.end() || !epoch->is_string()) continue;
    if (auto name = epoch->get<std::string>(); valid_epoch(name)) found.emplace_back(std::move(name), account);
  }
  return found;
}

}  // namespace

Result<HealthStore> HealthStore::open(SqlDatabase& database) {
  HealthStore store;
  const std::array<std::pair<SqlStatement*, std::string_view>, 6> statements{
      {{&store.select_, "SELECT payload FROM health WHERE name = ?1"},
       {&store.upsert_,
        "INSERT INTO health (name, status, payload, last_word_at, received_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) "
        "DO UPDATE SET status = ?2, payload = ?3, last_word_at = coalesce(?4, last_word_at), received_at = ?5"},
       {&store.select_epoch_, "SELECT accepted, said_at FROM agent_epoch WHERE agent_pk = ?1 AND epoch = ?2"},
       {&store.remove_, "DELETE FROM health WHERE name = ?1"},
       {&store.empty_epochs_, "UPDATE agent_epoch SET waiting = 0 WHERE agent_pk = ?1 AND waiting > 0"},
       {&store.upsert_epoch_,
        "INSERT INTO agent_epoch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (agent_pk, epoch) DO UPDATE SET "
        "accepted = max(accepted, ?3), receipted = ?4, refused = ?5, dropped = ?6, waiting = ?7, said_at = ?8"}}};
  for (const auto& [statement, sql] : statements) {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::move(prepared).error();
    *statement = std::move(*prepared);
  }
  return store;
}

Status HealthStore::save(std::string_view name, std::string_view text, UtcTime received) {
  const json said = json::parse(text, nullptr, false);
  if (!said.is_object()) return {};
  // A whole word stands for itself. A will names only what its agent knew when it connected: the rest stays as it was.
  json merged = said;
  auto row = select_.bind(1, name).step();
  if (!row) return std::move(row).error();
  if (*row) {
    json before = json::parse(select_.text(0), nullptr, false);
    select_.reset();
    if (before.is_object() && !said.contains("version")) {
      merged = std::move(before);
      for (const char* const key : {"status", "started_at"}) {
        if (const auto value = said.find(key); value != said.end()) merged[key] = *value;
      }
    }
  }
  const auto status = merged.find("status");
  upsert_.bind(1, name).bind(2, status != merged.end() && status->is_string() ? status->get<std::string>() : "unknown");
  upsert_.bind(3, merged.dump(-1, ' ', false, json::error_handler_t::replace)).bind(5, received.ms);
  said.contains("version") ? upsert_.bind(4, received.ms) : upsert_.bind_null(4);
  return upsert_.run();
}

Result<std::optional<Refusal>> HealthStore::check_epochs(AgentPk agent, std::string_view text, UtcTime said_at) {
  for (const auto& [epoch, account] : epochs_of(json::parse(text, nullptr, false))) {
    auto before = word(agent, epoch);
    if (!before) return std::move(before).error();
    const std::uint64_t limit = accepted_max(*before, said_at);
    for (const char* const part : {"accepted", "receipted", "refused", "dropped", "waiting"}) {
      const auto count = static_cast<std::uint64_t>(count_of(account, part));
      if (count > limit) return std::optional(more_than_accepted(part, count, limit));
    }
  }
  return std::optional<Refusal>();
}

Status HealthStore::save_epochs(AgentPk agent, std::string_view text, UtcTime said_at) {
  const json said = json::parse(text, nullptr, false);
  if (!said.is_object() || !said.contains("epochs") || !said["epochs"].is_array()) return {};
  // Every epoch with waiting readings is named; of one that is named no more the agent holds nothing.
  WAYSIDE_TRY(empty_epochs_.bind(1, raw(agent)).run());
  for (const auto& [epoch, account] : epochs_of(said)) {
    upsert_epoch_.bind(1, raw(agent)).bind(2, epoch).bind(3, count_of(account, "accepted"));
    upsert_epoch_.bind(4, count_of(account, "receipted")).bind(5, count_of(account, "refused"));
    upsert_epoch_.bind(6, count_of(account, "dropped")).bind(7, count_of(account, "waiting")).bind(8, said_at.ms);
    WAYSIDE_TRY(upsert_epoch_.run());
  }
  return {};
}

Result<std::optional<EpochWord>> HealthStore::word(AgentPk agent, std::string_view epoch) {
  auto row = select_epoch_.bind(1, raw(agent)).bind(2, epoch).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<EpochWord>();
  const EpochWord word{static_cast<std::uint64_t>(select_epoch_.integer(0)), UtcTime{select_epoch_.integer(1)}};
  select_epoch_.reset();
  return std::optional(word);
}

Status HealthStore::remove(std::string_view name) { return remove_.bind(1, name).run(); }

}  // namespace wayside::central
