// GET /api/v1/stations and /api/v1/stations/{id}: the present, from memory.
#include "central/account.h"
#include "central/account_query.h"
#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "central/station_row.h"
#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kStationsMax = 10'000;

struct StationFilter {
  std::optional<std::string> kind;
  std::optional<StationState> state;
  std::optional<QueryParams::Box> box;
  std::int64_t limit = kStationsMax;
  std::string after;  ///< station id of the page before

  bool takes(const BoardStation& station) const {
    if (kind && station.kind() != *kind) return false;
    if (state && station.state != *state) return false;
    return !box || inside(station);
  }

 private:
  bool inside(const BoardStation& station) const {
    if (station.info == nullptr || !station.info->lat) return false;
    const double lat = *station.info->lat;
    const double lon = *station.info->lon;
    if (lat < box->min_lat || lat > box->max_lat) return false;
    // A box whose west is above its east lies across the date line.
    return box->min_lon <= box->max_lon ? lon >= box->min_lon && lon <= box->max_lon
                                        : lon >= box->min_lon || lon <= box->max_lon;
  }
};

StationFilter read_filter(QueryParams& params) {
  StationFilter filter;
  filter.kind = params.text("kind");
  if (filter.kind && *filter.kind != "bike" && *filter.kind != "rail" && *filter.kind != "weather") {
    params.fail("kind", "is no kind of station", *filter.kind, "bike, rail or weather");
  }
  if (const auto state = params.text("state")) {
    filter.state = parse_station_state(*state);
    if (!filter.state) params.fail("state", "is no state", *state, "live, late, silent, never, out_of_service or bad_clock");
  }
  filter.box = params.box("bbox");
  filter.limit = params.integer("limit", kStationsMax, 1, kStationsMax);
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_cursor(*cursor, 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) filter.after = parts->front();
  }
  return filter;
}

std::string stations_json(const Board& board, const StationFilter& filter, UtcTime now) {
  std::string out = "{";
  append_key(out, "generated_at");
  append_time(out, now);
  append_key(out, "stations");
  out += '[';
  std::int64_t count = 0;
  std::string last;
  bool more = false;
  for (auto at = board.stations().upper_bound(filter.after); at != board.stations().end(); ++at) {
    if (!filter.takes(*at->second)) continue;
    more = count == filter.limit;
    if (more) break;
    append_comma(out);
    append_row(out, *at->second, now);
    last = at->first;
    ++count;
  }
  out += ']';
  append_key(out, "next_cursor");
  more ? append_json_string(out, encode_cursor({last})) : void(out += "null");
  return out += "}\n";
}

}  // namespace

void Api::stations(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const StationFilter filter = read_filter(params);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  auto body = std::make_shared<std::string>(stations_json(context_.board, filter, context_.clock.wall()));
  constexpr std::size_t kLarge = 32 * 1024;
  if (body->size() < kLarge || !takes_gzip(exchange->request())) return respond(exchange, json_answer(std::move(*body)));
  // Compressing a large list takes longer than the loop may.
  context_.readers.answer(exchange, [body](SqlDatabase&) { return json_answer(std::move(*body)); });
}

void Api::station(const Exchange& exchange, const std::string& id) {
  const BoardStation* station = context_.board.find(id);
  if (station == nullptr) {
    return respond(exchange,
                   problem(404, "No such station",
                           "there is no station " + id.substr(0, kStationIdBytesMax) + "; /api/v1/stations lists them"));
  }
  std::string row;
  append_row_open(row, *station, context_.clock.wall());
  append_key(row, "info");
  row += station->info == nullptr ? "null" : station->info->json;
  append_key(row, "ledger");
  const std::int64_t today = context_.clock.wall().ms / kDayMs;
  context_.readers.answer(exchange, [row = std::move(row), id, today](SqlDatabase& database) {
    auto ledger = station_ledger_json(database, id, today);
    if (!ledger) return failure(ledger.error());
    return json_answer(row + *ledger + "}\n");
  });
}

}  // namespace wayside::central
