// GET /api/v1/ledger: what was accepted, and where each reading is.
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

HttpResponse answer_ledger(SqlDatabase& database, const std::string& after, std::int64_t limit, UtcTime now) {
  // One transaction, so that totals and stations are of one moment.
  if (auto begun = database.execute("BEGIN"); !begun.ok()) return failure(begun.error());
  auto totals = ledger_totals_json(database);
  auto gaps = accepted_gaps_json(database);
  auto stations = ledger_stations_json(database, after, limit);
  if (auto ended = database.execute("COMMIT"); !ended.ok()) return failure(ended.error());
  if (!totals) return failure(totals.error());
  if (!gaps) return failure(gaps.error());
  if (!stations) return failure(stations.error());
  std::string out = "{\"generated_at\":";
  append_time(out, now);
  return json_answer(out + "," + *totals + "," + *gaps + "," + *stations + "}\n");
}

}  // namespace

void Api::ledger(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const std::int64_t limit = params.integer("limit", kStationsDefault, 1, kStationsMax);
  std::string after;
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_cursor(*cursor, 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) after = parts->front();
  }
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange, [after, limit, now = context_.clock.wall()](SqlDatabase& database) {
    return answer_ledger(database, after, limit, now);
  });
}

}  // namespace wayside::central
