// The ledger per agent and epoch: central's books held against what the agents said.
#include <algorithm>
#include <map>

#include "central/account_query.h"
#include "central/epoch_book.h"
#include "central/ledger_parts.h"
#include "common/base/time.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

struct Agent {
  std::string status;
  std::optional<UtcTime> last_word_at;
  std::map<std::string, EpochBook> epochs;
};
using Agents = std::map<std::string, Agent>;

/// Of a row that begins with agent and epoch.
EpochBook& epoch_of(Agents& agents, const SqlStatement& row) {
  return agents[std::string(row.text(0))].epochs[std::string(row.text(1))];
}

Status read_books(SqlDatabase& database, Agents& agents) {
  return database.each_row("SELECT agent.name, epoch, " + std::string(kEpochSums) +
                               " FROM account JOIN agent USING (agent_pk) GROUP BY agent_pk, epoch",
                           [&](const SqlStatement& row) { read_epoch_sums(row, 2, epoch_of(agents, row)); });
}

Status read_words(SqlDatabase& database, Agents& agents) {
  WAYSIDE_TRY(database.each_row(
      "SELECT agent.name, epoch, " + std::string(kEpochWord) + " FROM agent_epoch JOIN agent USING (agent_pk)",
      [&](const SqlStatement& row) { read_epoch_word(row, 2, epoch_of(agents, row)); }));
  return database.each_row("SELECT name, status, last_word_at FROM health WHERE name NOT LIKE 'bridge:%'",
                           [&](const SqlStatement& row) {
                             Agent& agent = agents[std::string(row.text(0))];
                             agent.status = row.text(1);
                             if (!row.is_null(2)) agent.last_word_at = UtcTime{row.integer(2)};
                           });
}

void append_agent_open(std::string& out, const std::string& name, const Agent& agent) {
  append_comma(out);
  out += '{';
  append_key(out, "agent");
  append_json_string(out, name);
  append_key(out, "last_word_at");
  append_time(out, agent.last_word_at);
  append_key(out, "status");
  append_json_string(out, agent.status.empty() ? "unknown" : agent.status);
  append_key(out, "epochs");
  out += '[';
}

void append_epoch(std::string& out, const std::string& name, const EpochBook& epoch) {
  append_comma(out);
  out += '{';
  append_key(out, "epoch");
  append_json_string(out, name);
  append_parts(out, epoch.parts);
  append_count(out, "receipted", epoch.said_receipted);
  out += '}';
}

/// `"agents":[…]` of at most `limit` epochs behind `place`, which moves to the last one written, or to the end.
void append_agents(std::string& out, const Agents& agents, LedgerPlace& place, std::int64_t limit) {
  append_key(out, "agents");
  out += '[';
  std::int64_t left = limit;
  for (auto at = agents.lower_bound(place.agent); at != agents.end(); ++at) {
    const bool going_on = at->first == place.agent;
    auto epoch = going_on ? at->second.epochs.upper_bound(place.epoch) : at->second.epochs.begin();
    if (going_on && epoch == at->second.epochs.end()) continue;
    if (left == 0) {
      out += ']';
      return;
    }
    append_agent_open(out, at->first, at->second);
    place.agent = at->first;
    if (epoch == at->second.epochs.end()) --left;  // known by its health alone
    for (; epoch != at->second.epochs.end() && left > 0; ++epoch, --left) {
      append_epoch(out, epoch->first, epoch->second);
      place.epoch = epoch->first;
    }
    out += "]}";
    if (epoch != at->second.epochs.end()) {
      out += ']';
      return;
    }
  }
  place.agent = kLedgerEnd;
  out += ']';
}

}  // namespace

Result<std::string> ledger_agents_json(SqlDatabase& database, LedgerPlace& place, std::int64_t limit) {
  Agents agents;
  WAYSIDE_TRY(read_books(database, agents));
  WAYSIDE_TRY(read_words(database, agents));
  Parts total;
  for (auto& [name, agent] : agents) {
    for (auto& [epoch_name, epoch] : agent.epochs) {
      epoch.settle();
      total += epoch.parts;
    }
  }
  auto unnumbered = database.query_integer("SELECT sum(unnumbered) FROM station");
  if (!unnumbered) return std::move(unnumbered).error();
  auto repeated = database.query_integer("SELECT sum(unnumbered_repeated) FROM station");
  if (!repeated) return std::move(repeated).error();
  total.repeated += repeated->value_or(0);
  std::string out = "\"totals\":{";
  append_parts(out, total);
  append_count(out, "unnumbered", unnumbered->value_or(0));
  out += '}';
  append_agents(out, agents, place, limit);
  return out;
}

}  // namespace wayside::central
