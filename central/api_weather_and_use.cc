// GET /api/v1/weather-and-use: a station's hours of use beside the weather at the nearest weather station.
#include <cmath>

#include "central/account.h"
#include "central/answer.h"
#include "central/answer_format.h"
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
  ListFormat format = ListFormat::kJson;
  std::int64_t since = 0;
  std::int64_t until = 0;
  std::int64_t report_interval_s = 0;
};

UseQuery read_query(QueryParams& params, ListFormat format, UtcTime now) {
  UseQuery query;
  query.format = format;
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

/// The figures of an hour by their names.
struct UseFigure {
  std::string_view name;
  std::optional<double> HourOfUse::*value;
};
constexpr UseFigure kFigures[] = {{"taken", &HourOfUse::taken},
                                  {"returned", &HourOfUse::returned},
                                  {"minutes_covered", &HourOfUse::use_minutes_covered},
                                  {"air_temperature_C_mean", &HourOfUse::temperature_C},
                                  {"precipitation_mm", &HourOfUse::precipitation_mm},
                                  {"wind_speed_m_s_mean", &HourOfUse::wind_m_s},
                                  {"wind_speed_of_gust_m_s_max", &HourOfUse::gust_m_s}};

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  append_json_string(out, text);
}

/// Whose hours these are.
struct UseContext {
  std::string_view station_id;
  Stream use = Stream::kBikeStatus;
  const NearestWeather& weather;

  void append(std::string& out) const {
    append_text(out, "station_id", station_id);
    append_text(out, "use", to_text(use));
    append_text(out, "weather_station_id", weather.station_id);
  }
};

void append_figures(std::string& out, const HourOfUse& hour) {
  append_key(out, "start");
  append_time(out, UtcTime{hour.start});
  for (const UseFigure& figure : kFigures) {
    append_key(out, figure.name);
    const auto& value = hour.*figure.value;
    value ? append_number(out, *value) : void(out += "null");
  }
}

void append_csv_hour(std::string& out, const UseContext& context, const HourOfUse& hour) {
  append_csv(out, context.station_id);
  out.append(",").append(to_text(context.use)).append(",");
  append_csv(out, context.weather.station_id);
  out.append(",").append(format_rfc3339(UtcTime{hour.start}));
  for (const UseFigure& figure : kFigures) {
    out += ',';
    if (const auto& value = hour.*figure.value) append_number(out, *value);
  }
  out += kCsvLineEnd;
}

std::string beginning(ListFormat format, const UseContext& context) {
  std::string out;
  if (format == ListFormat::kCsv) {
    out = "station_id,use,weather_station_id,start";
    for (const UseFigure& figure : kFigures) out.append(",").append(figure.name);
    out += kCsvLineEnd;
  }
  if (format != ListFormat::kJson) return out;
  out = "{";
  context.append(out);
  append_key(out, "distance_m");
  append_number(out, std::round(context.weather.distance_m));
  append_key(out, "hours");
  return out += '[';
}

void append_hour(std::string& out, ListFormat format, const UseContext& context, const HourOfUse& hour) {
  if (format == ListFormat::kCsv) return append_csv_hour(out, context, hour);
  if (format == ListFormat::kJson) append_comma(out);
  out += '{';
  if (format == ListFormat::kNdjson) context.append(out);
  append_figures(out, hour);
  out += format == ListFormat::kNdjson ? "}\n" : "}";
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
  const UseContext context{query.station_id, *stream, **weather};
  std::string out = beginning(query.format, context);
  UseByWeather summary;
  const Status joined = join_weather_and_use(**gold, {station, *stream, Resolution::kHour, query.since, query.until},
                                             (*weather)->pk, [&](const HourOfUse& hour) {
                                               append_hour(out, query.format, context, hour);
                                               summary.add(hour);
                                             });
  if (!joined.ok()) return failure(joined.error());
  if (query.format != ListFormat::kJson) return text_answer(std::move(out), content_type(query.format));
  out += ']';
  append_key(out, "summary");
  out += summary.json();
  return json_answer(out += "}\n");
}

}  // namespace

void Api::weather_and_use(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const ListFormat format = read_format(params, exchange->request());
  UseQuery query = read_query(params, format, context_.clock.wall());
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  query.report_interval_s = context_.report_interval_s;
  context_.readers.answer(exchange, [query = std::move(query)](SqlDatabase& database) { return answer_use(database, query); });
}

}  // namespace wayside::central
