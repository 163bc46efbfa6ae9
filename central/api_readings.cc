// GET /api/v1/stations/{id}/readings: history by time range, in parts, so that a year's export needs no memory.
#include "central/answer.h"
#include "central/api.h"
#include "central/reading_history.h"
#include "central/station_lookup.h"

namespace wayside::central {
namespace {

Answer answer_readings(SqlDatabase& database, const HistoryQuery& query) {
  auto found = find_station(database, query.station_id);
  if (auto* answer = std::get_if<HttpResponse>(&found)) return std::move(*answer);
  auto writer = std::make_shared<HistoryWriter>(query, raw(std::get<StationPk>(found)));
  HttpResponse head = text_answer(writer->beginning(), content_type(query.format));
  return {std::move(head), [writer](SqlDatabase& reader, std::string& out) { return writer->next(reader, out); }};
}

}  // namespace

void Api::readings(const Exchange& exchange, const std::string& id) {
  QueryParams params(exchange->request().query);
  const ListFormat format = read_format(params, exchange->request());
  HistoryQuery query = HistoryQuery::read(params, id, format);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange,
                          [query = std::move(query)](SqlDatabase& database) { return answer_readings(database, query); });
}

}  // namespace wayside::central
