#include "central/account_query.h"

#include <algorithm>
#include <map>
#include <vector>

#include "central/account.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "central/run_blob.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// A hole list longer than this is cut; the count tells the truth.
constexpr std::size_t kRangesShownMax = 100;

/// The parts of a book or a sum of books: accepted = received + refused + dropped + waiting + missing.
struct Parts {
  std::int64_t accepted = 0;
  std::int64_t received = 0;
  std::int64_t refused = 0;
  std::int64_t dropped = 0;
  std::int64_t waiting = 0;
  std::int64_t missing = 0;
  std::int64_t repeated = 0;

  Parts& operator+=(const Parts& other) {
    accepted += other.accepted;
    received += other.received;
    refused += other.refused;
    dropped += other.dropped;
    waiting += other.waiting;
    missing += other.missing;
    repeated += other.repeated;
    return *this;
  }
};

void append_count(std::string& out, std::string_view key, std::int64_t value) {
  append_key(out, key);
  append_integer(out, value);
}

void append_parts(std::string& out, const Parts& parts) {
  append_count(out, "accepted", parts.accepted);
  append_count(out, "received", parts.received);
  append_count(out, "refused", parts.refused);
  append_count(out, "dropped", parts.dropped);
  append_count(out, "waiting", parts.waiting);
  append_count(out, "missing", parts.missing);
  append_count(out, "repeated", parts.repeated);
}

Parts read_parts(const SqlStatement& row, int column) {
  return {row.integer(column),     row.integer(column + 1), row.integer(column + 2), row.integer(column + 3), 0,
          row.integer(column + 4), row.integer(column + 5)};
}

/// The holes of a book from its three blobs.
std::vector<SeqRange> holes(const SqlStatement& row, int column, std::uint64_t opened_at, std::uint64_t last) {
  Account account;
  account.opened_at_seq = opened_at;
  account.stated_last_seq = last;
  account.received = decode_runs(row.text(column)).value_or(RangeSet());
  account.refused = decode_runs(row.text(column + 1)).value_or(RangeSet());
  account.dropped = decode_runs(row.text(column + 2)).value_or(RangeSet());
  return account.missing_ranges();
}

void append_ranges(std::string& out, const std::vector<SeqRange>& ranges) {
  append_key(out, "missing_ranges");
  out += '[';
  for (std::size_t i = 0; i < std::min(ranges.size(), kRangesShownMax); ++i) {
    append_comma(out);
    out += '[';
    append_integer(out, static_cast<std::int64_t>(ranges[i].first));
    out += ',';
    append_integer(out, static_cast<std::int64_t>(ranges[i].last));
    out += ']';
  }
  out += ']';
}

constexpr std::string_view kAccountColumns =
    "SELECT agent.name, epoch, opened_at_seq, last_seq, accepted_n, received_n, refused_n, dropped_n, missing_n, repeated, "
    "received, refused, dropped FROM account LEFT JOIN agent USING (agent_pk) WHERE station_pk = ?1 ORDER BY account_pk";

/// Appends `"accounts":[…]` and returns their sum.
Result<Parts> append_accounts(std::string& out, SqlStatement& select, std::int64_t station_pk) {
  Parts sum;
  append_key(out, "accounts");
  out += '[';
  select.bind(1, station_pk);
  for (;;) {
    auto row = select.step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    const Parts parts = read_parts(select, 4);
    sum += parts;
    append_comma(out);
    out += '{';
    append_key(out, "agent");
    append_json_string(out, select.text(0));
    append_key(out, "epoch");
    append_json_string(out, select.text(1));
    append_count(out, "opened_at_seq", select.integer(2));
    append_key(out, "opened_late");
    out += select.integer(2) > 1 ? "true" : "false";
    append_count(out, "last_seq", select.integer(3));
    append_parts(out, parts);
    const auto opened = static_cast<std::uint64_t>(select.integer(2));
    const auto last = static_cast<std::uint64_t>(select.integer(3));
    append_ranges(out, parts.missing == 0 ? std::vector<SeqRange>() : holes(select, 10, opened, last));
    out += '}';
  }
  out += ']';
  return sum;
}

/// One station of the ledger from a row (station_pk, station_id, owner, unnumbered, unnumbered_repeated).
Status append_station(std::string& out, const SqlStatement& station, SqlStatement& accounts) {
  std::string list;
  auto sum = append_accounts(list, accounts, station.integer(0));
  if (!sum) return std::move(sum).error();
  sum->repeated += station.integer(4);
  out += '{';
  append_key(out, "station_id");
  append_json_string(out, station.text(1));
  append_key(out, "agent");
  append_json_string(out, station.text(2));
  append_parts(out, *sum);
  append_count(out, "unnumbered", station.integer(3));
  out.append(",").append(list).append("}");
  return {};
}

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

void append_agent(std::string& out, const std::string& name, const Agent& agent) {
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
  for (const auto& [epoch_name, epoch] : agent.epochs) {
    append_comma(out);
    out += '{';
    append_key(out, "epoch");
    append_json_string(out, epoch_name);
    append_parts(out, epoch.parts);
    append_count(out, "receipted", epoch.said_receipted);
    out += '}';
  }
  out += "]}";
}

constexpr std::string_view kStationColumns =
    "SELECT station_pk, station_id, coalesce(agent.name, ''), unnumbered, unnumbered_repeated FROM station "
    "LEFT JOIN agent ON agent_pk = owner_pk ";

}  // namespace

Result<std::string> station_ledger_json(SqlDatabase& database, const std::string& station_id) {
  auto station = database.prepare(std::string(kStationColumns) + "WHERE station_id = ?1");
  if (!station) return std::move(station).error();
  auto accounts = database.prepare(kAccountColumns);
  if (!accounts) return std::move(accounts).error();
  auto row = station->bind(1, station_id).step();
  if (!row) return std::move(row).error();
  if (!*row) return std::string("null");
  std::string out;
  WAYSIDE_TRY(append_station(out, *station, *accounts));
  return out;
}

Result<std::string> ledger_totals_json(SqlDatabase& database) {
  Agents agents;
  WAYSIDE_TRY(read_books(database, agents));
  WAYSIDE_TRY(read_words(database, agents));
  Parts total;
  std::string list;
  for (auto& [name, agent] : agents) {
    for (auto& [epoch_name, epoch] : agent.epochs) {
      settle(epoch);
      total += epoch.parts;
    }
    append_agent(list, name, agent);
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
  append_key(out, "agents");
  return out.append("[").append(list).append("]");
}

Result<std::string> ledger_stations_json(SqlDatabase& database, const std::string& after, std::int64_t limit) {
  auto station = database.prepare(std::string(kStationColumns) + "WHERE station_id > ?1 ORDER BY station_id LIMIT ?2");
  if (!station) return std::move(station).error();
  auto accounts = database.prepare(kAccountColumns);
  if (!accounts) return std::move(accounts).error();
  station->bind(1, after).bind(2, limit + 1);
  std::string out = "\"stations\":[";
  std::string last;
  bool more = false;
  for (std::int64_t count = 0;; ++count) {
    auto row = station->step();
    if (!row) return std::move(row).error();
    more = *row && count == limit;
    if (!*row || more) break;
    append_comma(out);
    last = station->text(1);
    WAYSIDE_TRY(append_station(out, *station, *accounts));
  }
  out += "],\"next_cursor\":";
  more ? append_json_string(out, encode_cursor({last})) : void(out += "null");
  return out;
}

}  // namespace wayside::central
