// GET /api/v1/picture: the stations as they were at a time of the past.
#include "central/answer.h"
#include "central/api.h"
#include "central/picture.h"
#include "central/query_params.h"

namespace wayside::central {

void Api::picture(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const auto at = params.time("at");
  const UtcTime now = context_.clock.wall();
  constexpr const char* kHint = "a time of the past, such as 2026-11-20T08:00:00Z";
  if (!at) params.fail("at", "is needed", params.text("at").value_or(""), kHint);
  if (at && *at > now) params.fail("at", "lies ahead", params.text("at").value_or(""), kHint);
  const StationQuery query = StationQuery::read_lasting(params);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  std::vector<BoardStation> stations;
  for (const StationHit& hit : find_stations(context_.board, query).hits) stations.push_back(without_present(*hit.station));
  context_.readers.answer(exchange, [tracks = tracks_, stations = std::move(stations), at = *at](SqlDatabase& database) {
    return answer_picture(database, *tracks, stations, at);
  });
}

}  // namespace wayside::central
