// GET /api/v1/stations, /api/v1/stations.geojson and /api/v1/stations/{id}: the present, from memory.
#include "central/account.h"
#include "central/account_query.h"
#include "central/answer.h"
#include "central/answer_format.h"
#include "central/api.h"
#include "central/json_fields.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "central/station_lookup.h"
#include "central/station_query.h"
#include "central/station_row.h"
#include "central/station_table.h"
#include "common/contract/reading.h"

namespace wayside::central {
/// What one board says never has the mark of what another says: versions begin anew with each start.
std::uint64_t Api::mark_of(std::uint64_t fingerprint, std::string_view question) const {
  return hash_bytes(question, fingerprint ^ hash_bytes(context_.identity.id + std::to_string(context_.identity.starts)));
}

void Api::stations(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const ListFormat format = read_format(params, exchange->request());
  list_stations(exchange, params, content_type(format),
                [format](const StationPage& page, UtcTime now) { return stations_text(page, format, now); });
}

void Api::stations_geojson(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  list_stations(exchange, params, "application/geo+json",
                [](const StationPage& page, UtcTime now) { return wayside::central::stations_geojson(page, now); });
}

void Api::list_stations(const Exchange& exchange, QueryParams& params, std::string_view type, const WriteStations& write) {
  const HttpRequest& request = exchange->request();
  const StationQuery query = StationQuery::read(params);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  const StationPage page = find_stations(context_.board, query);
  HttpResponse response = text_answer({}, type);
  set_etag(response, mark_of(page.fingerprint(), request.target + std::string(type)));
  if (page.next_cursor) add_next_link(response, request, *page.next_cursor);
  answer_if_changed(response, request);
  if (response.status == 304) return respond(exchange, std::move(response));
  response.body = write(page, context_.clock.wall());
  respond_any(exchange, std::move(response));
}

void Api::station(const Exchange& exchange, const std::string& id) {
  const BoardStation* station = context_.board.find(id);
  if (station == nullptr) return respond(exchange, no_such_station(id));
  std::string row;
  append_row_open(row, *station, context_.clock.wall());
  append_key(row, "info");
  row += station->info == nullptr ? "null" : station->info->json;
  append_key(row, "ledger");
  const std::int64_t today = context_.clock.wall().ms / kDayMs;
  const std::uint64_t mark = mark_of(station->version, id);
  context_.readers.answer(exchange, [row = std::move(row), id, today, mark](SqlDatabase& database) {
    auto ledger = station_ledger_json(database, id, today);
    if (!ledger) return failure(ledger.error());
    HttpResponse response = json_answer(row + *ledger + "}\n");
    set_etag(response, hash_bytes(*ledger, mark));
    return response;
  });
}

}  // namespace wayside::central
