// GET /api/v1/weather-and-use: a station's hours of use beside the weather at the nearest weather station.
#include <cmath>

#include "central/account.h"
#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "central/read_snapshot.h"
#include "central/station_lookup.h"
#include "central/weather_and_use.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kDaysDefault = 30;
constexpr std::int64_t kDaysMax = 732;

struct UseQuery {
  std::string station_id;
  std::int64_t since = 0;
  std::int64_t until = 0;
  std::int64_t report_interval_s = 0;
};

UseQuery read_query(QueryParams& params, UtcTime now) {
  UseQuery query;
  query.station_id = params.text("station").value_or("");
  if (query.station_id.empty()) params.fail("station", "is missing", "", "station=ID; /api/v1/stations lists them");
  query.until = params.time("until").value_or(now).ms;
  query.since = params.time("since").value_or(UtcTime{query.until - kDaysDefault * kDayMs}).ms;
  if (query.since > query.until) params.fail("until", "is before since", params.text("until").value_or(""), "the later time");
  if (query.until - query.since > kDaysMax * kDayMs) {
    params.fail("since", "is too long before until", params.text("since").value_or(""), "at most 732 days");
  }
  return query;
}

void append_hour(std::string& out, const HourOfUse& hour) {
  append_comma(out);
  out += '{';
  append_key(out, "start");
  append_time(out, UtcTime{hour.start});
  const auto figure = [&](std::string_view key, const std::optional<double>& value) {
    append_key(out, key);
    value ? append_number(out, *value) : void(out += "null");
  };
  figure("taken", hour.taken);
  figure("returned", hour.returned);
  figure("minutes_covered", hour.use_minutes_covered);
  figure("air_temperature_C_mean", hour.temperature_C);
  figure("precipitation_mm", hour.precipitation_mm);
  figure("wind_speed_m_s_mean", hour.wind_m_s);
  figure("wind_speed_of_gust_m_s_max", hour.gust_m_s);
  out += '}';
}

HttpResponse answer_use(SqlDatabase& database, const UseQuery& query) {
  auto snapshot = ReadSnapshot::begin(database);
  if (!snapshot) return failure(snapshot.error());
  auto found = find_station(database, query.station_id);
  if (auto* answer = std::get_if<HttpResponse>(&found)) return std::move(*answer);
  const StationPk station = std::get<StationPk>(found);
  auto weather = nearest_weather(database, station);
  if (!weather) return failure(weather.error());
  if (!*weather) return problem(404, "No weather", "no weather station with a position is known, or this station has none");
  auto stream = use_stream(database, station);
  if (!stream) return failure(stream.error());
  auto gold = GoldQuery::open(database, query.report_interval_s);
  if (!gold) return failure(gold.error());
  std::string out = "{";
  append_key(out, "station_id");
  append_json_string(out, query.station_id);
  append_key(out, "use");
  append_json_string(out, *stream == Stream::kTurnstile ? "turnstile" : "bike_status");
  append_key(out, "weather_station_id");
  append_json_string(out, (*weather)->station_id);
  append_key(out, "distance_m");
  append_number(out, std::round((*weather)->distance_m));
  append_key(out, "hours");
  out += '[';
  UseByWeather summary;
  const Status joined = join_weather_and_use(**gold, {station, *stream, Resolution::kHour, query.since, query.until},
                                             (*weather)->pk, [&](const HourOfUse& hour) {
                                               append_hour(out, hour);
                                               summary.add(hour);
                                             });
  if (!joined.ok()) return failure(joined.error());
  out += ']';
  append_key(out, "summary");
  out += summary.json();
  return json_answer(out += "}\n");
}

}  // namespace

void Api::weather_and_use(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  UseQuery query = read_query(params, context_.clock.wall());
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  query.report_interval_s = context_.report_interval_s;
  context_.readers.answer(exchange, [query = std::move(query)](SqlDatabase& database) { return answer_use(database, query); });
}

}  // namespace wayside::central
