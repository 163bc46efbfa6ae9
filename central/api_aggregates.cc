// GET /api/v1/stations/{id}/aggregates: gold by time range.
#include "central/answer.h"
#include "central/api.h"
#include "central/gold_json.h"
#include "central/gold_query.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "central/station_lookup.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kRowsDefault = 1000;
constexpr std::int64_t kRowsMax = 10'000;

struct AggregateQuery {
  std::string station_id;
  GoldRange range;
  std::int64_t limit = kRowsDefault;
  std::int64_t after_start = -1;  ///< the last bucket of the page before …
  std::string after_group;        ///< … and its line and direction
  std::int64_t report_interval_s = 0;
};

AggregateQuery read_query(QueryParams& params, const std::string& id) {
  AggregateQuery query;
  query.station_id = id;
  const std::string stream = params.text("stream").value_or("");
  const auto known = parse_stream(stream);
  if (known && !gold_columns(*known).empty()) {
    query.range.stream = *known;
  } else {
    params.fail("stream", "is no stream with aggregates", stream, "bike_status, weather, arrival or turnstile");
  }
  const std::string resolution = params.text("resolution").value_or("hour");
  if (const auto width = parse_resolution(resolution)) {
    query.range.resolution = *width;
  } else {
    params.fail("resolution", "is none", resolution, "minute, hour or day");
  }
  constexpr UtcTime kEver{std::int64_t{1} << 60};
  query.range.since = params.time("since").value_or(UtcTime{0}).ms;
  query.range.until = params.time("until").value_or(kEver).ms;
  if (query.range.since > query.range.until) {
    params.fail("until", "is before since", params.text("until").value_or(""), "the later time");
  }
  query.limit = params.integer("limit", kRowsDefault, 1, kRowsMax);
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_cursor(*cursor, 2);
    const auto start = parts ? parse_rfc3339((*parts)[0]) : std::nullopt;
    if (!start) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (start) {
      query.after_start = start->ms;
      query.after_group = (*parts)[1];
      query.range.since = std::max(query.range.since, start->ms);
    }
  }
  return query;
}

void append_head(std::string& out, const AggregateQuery& query) {
  out += '{';
  append_key(out, "station_id");
  append_json_string(out, query.station_id);
  append_key(out, "stream");
  append_json_string(out, to_text(query.range.stream));
  append_key(out, "resolution");
  append_json_string(out, to_text(query.range.resolution));
  append_key(out, "aggregates");
  out += '[';
}

HttpResponse answer_aggregates(SqlDatabase& database, AggregateQuery query) {
  auto found = find_station(database, query.station_id);
  if (auto* answer = std::get_if<HttpResponse>(&found)) return std::move(*answer);
  query.range.station = std::get<StationPk>(found);
  auto gold = GoldQuery::open(database, query.report_interval_s);
  if (!gold) return failure(gold.error());
  std::string out;
  append_head(out, query);
  std::int64_t rows = 0;
  std::optional<std::string> cursor;
  GoldRow last;
  const Status read = (*gold)->read(query.range, [&](const GoldRow& row) {
    if (row.start == query.after_start && row.group <= query.after_group) return true;
    if (rows == query.limit) {
      cursor = encode_cursor({format_rfc3339(UtcTime{last.start}), last.group});
      return false;
    }
    ++rows;
    append_comma(out);
    append_gold(out, query.range.stream, row);
    last.start = row.start;
    last.group = row.group;
    return true;
  });
  if (!read.ok()) return failure(read.error());
  out += ']';
  append_key(out, "next_cursor");
  cursor ? append_json_string(out, *cursor) : void(out += "null");
  return json_answer(out += "}\n");
}

}  // namespace

void Api::aggregates(const Exchange& exchange, const std::string& id) {
  QueryParams params(exchange->request().query);
  AggregateQuery query = read_query(params, id);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  query.report_interval_s = context_.report_interval_s;
  context_.readers.answer(exchange,
                          [query = std::move(query)](SqlDatabase& database) { return answer_aggregates(database, query); });
}

}  // namespace wayside::central
