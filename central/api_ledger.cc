// GET /api/v1/ledger: what was accepted, and where each reading is.
#include "central/account.h"
#include "central/account_query.h"
#include "central/answer.h"
#include "central/api.h"
#include "central/gap_query.h"
#include "central/json_text.h"
#include "central/query_params.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kStationsDefault = 1000;
constexpr std::int64_t kStationsMax = 10'000;

HttpResponse answer_ledger(SqlDatabase& database, LedgerPlace place, std::int64_t limit, std::int64_t day, UtcTime now) {
  // One transaction, so that totals and stations are of one moment.
  if (auto begun = database.execute("BEGIN"); !begun.ok()) return failure(begun.error());
  auto agents = ledger_agents_json(database, place, limit);
  auto gaps = accepted_gaps_json(database);
  auto stations = ledger_stations_json(database, place, limit, day);
  if (auto ended = database.execute("COMMIT"); !ended.ok()) return failure(ended.error());
  if (!agents) return failure(agents.error());
  if (!gaps) return failure(gaps.error());
  if (!stations) return failure(stations.error());
  std::string out = "{\"generated_at\":";
  append_time(out, now);
  out.append(",").append(*agents).append(",").append(*gaps).append(",").append(*stations);
  append_key(out, "next_cursor");
  place.at_end() ? void(out += "null") : append_json_string(out, encode_cursor({place.station, place.agent, place.epoch}));
  return json_answer(out += "}\n");
}

}  // namespace

void Api::ledger(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const UtcTime now = context_.clock.wall();
  const std::int64_t limit = params.integer("limit", kStationsDefault, 1, kStationsMax);
  std::int64_t day = now.ms / kDayMs;
  if (const auto date = params.text("day")) {
    const auto time = parse_rfc3339(*date + "T00:00:00Z");
    if (!time) params.fail("day", "is no date", *date, "2026-11-20 (days are days of UTC)");
    if (time) day = time->ms / kDayMs;
  }
  LedgerPlace place;
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_cursor(*cursor, 3);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) place = {(*parts)[0], (*parts)[1], (*parts)[2]};
  }
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange, [=](SqlDatabase& database) { return answer_ledger(database, place, limit, day, now); });
}

}  // namespace wayside::central
