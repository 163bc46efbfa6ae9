#include "central/station_lookup.h"

#include "central/answer.h"
#include "common/contract/names.h"

namespace wayside::central {

HttpResponse no_such_station(std::string_view station_id) {
  return problem(
      404, "No such station",
      "there is no station " + std::string(station_id.substr(0, kStationIdBytesMax)) + "; /api/v1/stations lists them");
}

std::variant<StationPk, HttpResponse> find_station(SqlDatabase& database, const std::string& station_id) {
  auto select = database.prepare("SELECT station_pk FROM station WHERE station_id = ?1");
  if (!select) return failure(select.error());
  auto found = select->bind(1, station_id).step();
  if (!found) return failure(found.error());
  if (!*found) return no_such_station(station_id);
  return StationPk{select->integer(0)};
}

}  // namespace wayside::central
