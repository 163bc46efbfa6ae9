// What operators change: POST /api/v1/quarantine/{id}/replay, /api/v1/quarantine/replay?reason= and
// /api/v1/stations/{id}/move?agent=. The work is done on the thread that writes the database.
#include <charconv>

#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/operator_access.h"
#include "central/query_params.h"
#include "common/base/log.h"
#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kReplaysDefault = 500;
constexpr std::int64_t kReplaysMax = 5000;

std::string replays_json(const std::vector<Replay>& replays) {
  std::int64_t replayed = 0;
  std::int64_t refused = 0;
  std::string items = "[";
  for (const Replay& replay : replays) {
    replayed += replay.outcome == ReplayOutcome::kReplayed ? 1 : 0;
    refused += replay.outcome == ReplayOutcome::kRefusedAgain ? 1 : 0;
    append_comma(items);
    items += '{';
    append_key(items, "id");
    append_integer(items, replay.id);
    append_key(items, "outcome");
    append_json_string(items, to_text(replay.outcome));
    if (replay.outcome == ReplayOutcome::kRefusedAgain) {
      append_key(items, "reason");
      append_json_string(items, to_text(replay.refusal.reason));
      append_key(items, "detail");
      append_json_string(items, replay.refusal.detail);
    }
    items += '}';
  }
  log_info("replayed", {{"replayed", replayed}, {"refused_again", refused}});
  std::string out = "\"replayed\":";
  append_integer(out, replayed);
  append_key(out, "refused_again");
  append_integer(out, refused);
  append_key(out, "items");
  return out.append(items).append("]");
}

/// One transaction over the ids; an empty list does nothing.
HttpResponse replay_ids(Fold& fold, const std::vector<std::int64_t>& ids, UtcTime now, FoldedBatch& changed, bool more) {
  std::vector<Replay> replays;
  auto batch = fold.replay(ids, now, replays);
  if (!batch) return failure(batch.error());
  changed = std::move(*batch);
  std::string out = "{" + replays_json(replays);
  append_key(out, "next_cursor");
  more ? append_json_string(out, encode_cursor({std::to_string(ids.back())})) : void(out += "null");
  return json_answer(out += "}\n");
}

HttpResponse replay_one(Fold& fold, std::int64_t id, UtcTime now, FoldedBatch& changed) {
  std::vector<Replay> replays;
  auto batch = fold.replay(std::array{id}, now, replays);
  if (!batch) return failure(batch.error());
  changed = std::move(*batch);
  if (replays.front().outcome == ReplayOutcome::kUnknown) {
    return problem(404, "No such item", "quarantine does not keep " + std::to_string(id) + " (any more)");
  }
  return json_answer("{" + replays_json(replays) + "}\n");
}

}  // namespace

/// Checks who asks, then carries the work to the writer and its answer back.
void Api::operate(const Exchange& exchange, OperatorDesk::Work work) {
  if (auto refused = refuse_operator(exchange->request(), context_.operator_actions)) {
    return respond(exchange, std::move(*refused));
  }
  if (context_.desk.ask(context_.loop, exchange, std::move(work))) return;
  respond(exchange, problem(503, "Busy", "other operators' requests are waiting; ask again in a moment"));
}

void Api::replay_item(const Exchange& exchange, const std::string& id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) {
    return respond(exchange, problem(404, "No such item", "an item's id is a number; /api/v1/quarantine lists them"));
  }
  operate(exchange, [number, now = context_.clock.wall()](Fold& fold, FoldedBatch& changed) {
    return replay_one(fold, number, now, changed);
  });
}

void Api::replay_reason(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const std::string text = params.text("reason").value_or("");
  const auto reason = parse_reason(text);
  if (!reason) params.fail("reason", "is no reason", text, "bad_json, not_owner, future_time …");
  const std::int64_t limit = params.integer("limit", kReplaysDefault, 1, kReplaysMax);
  std::int64_t after = 0;
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_numbers(*cursor, 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) after = parts->front();
  }
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  operate(exchange, [=, reason = *reason, now = context_.clock.wall()](Fold& fold, FoldedBatch& changed) {
    auto ids = fold.open_items(reason, after, limit + 1);
    if (!ids) return failure(ids.error());
    const bool more = static_cast<std::int64_t>(ids->size()) > limit;
    if (more) ids->pop_back();
    return replay_ids(fold, *ids, now, changed, more);
  });
}

void Api::move_station(const Exchange& exchange, const std::string& id) {
  QueryParams params(exchange->request().query);
  const std::string agent = params.text("agent").value_or("");
  if (!valid_agent_name(agent)) params.fail("agent", "is no agent name", agent, "the MQTT user of the agent");
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  operate(exchange, [id, agent, now = context_.clock.wall()](Fold& fold, FoldedBatch& changed) {
    auto moved = fold.move_station(id, agent, now);
    if (!moved) return failure(moved.error());
    if (!moved->has_value()) return problem(404, "No such station", "there is no station " + id.substr(0, kStationIdBytesMax));
    changed = std::move(**moved);
    std::string out = "{\"station_id\":";
    append_json_string(out, id);
    append_key(out, "agent");
    append_json_string(out, agent);
    return json_answer(out += "}\n");
  });
}

}  // namespace wayside::central
