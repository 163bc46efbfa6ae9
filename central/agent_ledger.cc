// The ledger per agent and epoch: central's books held against what the agents said.
#include <algorithm>
#include <map>

#include "central/account_query.h"
#include "central/ledger_parts.h"
#include "common/base/time.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

struct Epoch {
  std::string name;
  Parts parts;
  std::int64_t last_seqs = 0;  ///< sum over stations: what central knows to have been accepted
  std::int64_t said_accepted = 0;
  std::int64_t said_receipted = 0;
  std::int64_t said_refused = 0;
  std::int64_t said_dropped = 0;
  std::int64_t said_waiting = 0;
  bool before_gap = false;  ///< said before an operator took a gap: what Kafka had then and central has not is gone
};
struct Agent {
  std::string status;
  std::optional<UtcTime> last_word_at;
  std::map<std::string, Epoch> epochs;
};
using Agents = std::map<std::string, Agent>;

Status read_books(SqlDatabase& database, Agents& agents) {
  auto select = database.prepare(
      "SELECT agent.name, epoch, sum(accepted_n), sum(received_n), sum(refused_n), sum(dropped_n), sum(missing_n), "
      "sum(repeated), sum(last_seq) FROM account JOIN agent USING (agent_pk) GROUP BY agent_pk, epoch");
  if (!select) return std::move(select).error();
  for (;;) {
    auto row = select->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    Epoch& epoch = agents[std::string(select->text(0))].epochs[std::string(select->text(1))];
    epoch.parts = read_parts(*select, 2);
    epoch.last_seqs = select->integer(8);
  }
}

Status read_words(SqlDatabase& database, Agents& agents) {
  auto select = database.prepare(
      "SELECT agent.name, epoch, accepted, receipted, refused, dropped, waiting, said_at < (SELECT max(accepted_at) FROM gap) "
      "FROM agent_epoch JOIN agent USING (agent_pk)");
  if (!select) return std::move(select).error();
  for (;;) {
    auto row = select->step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    Epoch& epoch = agents[std::string(select->text(0))].epochs[std::string(select->text(1))];
    epoch.said_accepted = select->integer(2);
    epoch.said_receipted = select->integer(3);
    epoch.said_refused = select->integer(4);
    epoch.said_dropped = select->integer(5);
    epoch.said_waiting = select->integer(6);
    epoch.before_gap = select->integer(7) != 0;
  }
  auto health = database.prepare("SELECT name, status, last_word_at FROM health WHERE name NOT LIKE 'bridge:%'");
  if (!health) return std::move(health).error();
  for (;;) {
    auto row = health->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    Agent& agent = agents[std::string(health->text(0))];
    agent.status = health->text(1);
    if (!health->is_null(2)) agent.last_word_at = UtcTime{health->integer(2)};
  }
}

/// What the agent has let go by receipts or statements and the books lack.
std::int64_t in_kafka(const Epoch& epoch) {
  const auto lacking = [](std::int64_t said, std::int64_t known) { return std::max<std::int64_t>(0, said - known); };
  return lacking(epoch.said_receipted, epoch.parts.received) + lacking(epoch.said_refused, epoch.parts.refused) +
         lacking(epoch.said_dropped, epoch.parts.dropped);
}

/// Sets the agent's last word against the books. What it accepted and central has not heard of is on its way, as far as the
/// agent holds it or Kafka has it: the rest died with the memory of an agent in flash-saver, and is missing. A hole is
/// missing only when the agent does not say that it holds the reading still (live readings overtake the backlog) or that
/// its limit has forced it out; such a loss is named by a statement, which waits behind the backlog too.
void settle(Epoch& epoch) {
  Parts& parts = epoch.parts;
  const std::int64_t ahead = std::max<std::int64_t>(0, epoch.said_accepted - epoch.last_seqs);
  const std::int64_t coming = epoch.said_waiting + (epoch.before_gap ? 0 : in_kafka(epoch));
  std::int64_t dropped = 0;
  if (epoch.said_waiting > 0) dropped = std::clamp<std::int64_t>(epoch.said_dropped - parts.dropped, 0, parts.missing);
  parts.missing -= dropped;
  parts.dropped += dropped;
  const std::int64_t held = std::clamp<std::int64_t>(epoch.said_waiting - ahead, 0, parts.missing);
  parts.missing -= held;
  const std::int64_t gone = std::max<std::int64_t>(0, ahead - coming);
  parts.missing += gone;
  parts.waiting = ahead - gone + held;
  parts.accepted += ahead;
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

void append_epoch(std::string& out, const std::string& name, const Epoch& epoch) {
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
      settle(epoch);
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
