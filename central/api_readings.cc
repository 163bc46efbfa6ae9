// GET /api/v1/stations/{id}/readings: history by time range.
#include <algorithm>

#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "central/shape_table.h"
#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kReadingsDefault = 1000;
constexpr std::int64_t kReadingsMax = 10'000;

/// Where a reading stands in an answer: by time, and of one time by stream, account and number.
struct ReadingKey {
  std::int64_t observed_at = 0;
  std::int64_t stream = -1;
  std::int64_t account = -1;
  std::int64_t seq = -1;
  friend auto operator<=>(const ReadingKey&, const ReadingKey&) = default;
};

struct HistoryQuery {
  std::string station_id;
  std::vector<Stream> streams;
  std::optional<std::string> stream_name;  ///< as asked for
  std::int64_t since = 0;
  std::int64_t until = 0;  ///< not included
  std::int64_t limit = kReadingsDefault;
  ReadingKey after;
};

HistoryQuery read_query(QueryParams& params, const std::string& id) {
  HistoryQuery query;
  query.station_id = id;
  query.stream_name = params.text("stream");
  query.streams.assign(kAllStreams.begin(), kAllStreams.end());
  if (query.stream_name) {
    const auto stream = parse_stream(*query.stream_name);
    if (stream) query.streams = {*stream};
    if (!stream) params.fail("stream", "is no stream", *query.stream_name, "bike_status, weather, arrival, turnstile or loss");
  }
  constexpr UtcTime kEver{std::int64_t{1} << 60};
  query.since = params.time("since").value_or(UtcTime{0}).ms;
  query.until = params.time("until").value_or(kEver).ms;
  if (query.since > query.until) params.fail("until", "is before since", params.text("until").value_or(""), "the later time");
  query.limit = params.integer("limit", kReadingsDefault, 1, kReadingsMax);
  query.after.observed_at = query.since;
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_numbers(*cursor, 4);
    if (parts) query.after = {(*parts)[0], (*parts)[1], (*parts)[2], (*parts)[3]};
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
  }
  return query;
}

struct HistoryRow {
  ReadingKey key;
  std::string json;
};

std::string row_json(const SqlStatement& row, std::int64_t stream) {
  std::string out = "{";
  append_key(out, "stream");
  append_json_string(out, to_text(static_cast<Stream>(stream)));
  append_key(out, "observed_at");
  append_time(out, UtcTime{row.integer(0)});
  append_key(out, "received_at");
  append_time(out, UtcTime{row.integer(3)});
  append_key(out, "stored_at");
  append_time(out, UtcTime{row.integer(4)});
  const bool numbered = row.integer(1) != 0;
  append_key(out, "epoch");
  numbered ? append_json_string(out, row.text(9)) : void(out += "null");
  append_key(out, "seq");
  numbered ? append_integer(out, row.integer(2)) : void(out += "null");
  append_key(out, "clock");
  append_json_string(out, to_text(static_cast<ClockQuality>(row.integer(5))));
  append_key(out, "quality");
  out += row.is_null(6) ? "null" : row.text(6);
  append_key(out, "values");
  out += restore_values(row.text(7), row.text(8));
  return out += '}';
}

/// The next readings of one stream, at most limit + 1. Each stream's page is one walk along the primary key.
Status read_stream(SqlDatabase& database, const HistoryQuery& query, std::int64_t station, Stream stream,
                   std::vector<HistoryRow>& rows) {
  auto select = database.prepare(
      "SELECT observed_at, reading.account_pk, seq, received_at, stored_at, clock, quality, coalesce(shape.keys, ''), cells, "
      "epoch "
      "FROM reading LEFT JOIN shape USING (shape_pk) LEFT JOIN account ON account.account_pk = reading.account_pk "
      "WHERE reading.station_pk = ?1 AND stream = ?2 AND (observed_at, reading.account_pk, seq) > (?3, ?4, ?5) AND observed_at "
      "< ?6 "
      "ORDER BY observed_at, reading.account_pk, seq LIMIT ?7");
  if (!select) return std::move(select).error();
  const auto number = static_cast<std::int64_t>(stream);
  // Of the cursor's own time, streams before its stream are done and streams behind it have not begun.
  ReadingKey from = query.after;
  constexpr std::int64_t kLast = std::int64_t{1} << 62;
  if (number < from.stream) from.account = kLast;
  if (number > from.stream) from.account = -1;
  if (number != from.stream) from.seq = from.account;
  select->bind(1, station).bind(2, number).bind(3, from.observed_at).bind(4, from.account).bind(5, from.seq);
  select->bind(6, query.until).bind(7, query.limit + 1);
  return select->each_row([&](const SqlStatement& row) {
    rows.push_back({{row.integer(0), number, row.integer(1), row.integer(2)}, row_json(row, number)});
  });
}

HttpResponse answer_readings(SqlDatabase& database, const HistoryQuery& query) {
  auto station = database.prepare("SELECT station_pk FROM station WHERE station_id = ?1");
  if (!station) return failure(station.error());
  auto found = station->bind(1, query.station_id).step();
  if (!found) return failure(found.error());
  if (!*found) {
    return problem(404, "No such station",
                   "there is no station " + query.station_id.substr(0, kStationIdBytesMax) + "; /api/v1/stations lists them");
  }
  std::vector<HistoryRow> rows;
  for (const Stream stream : query.streams) {
    if (auto read = read_stream(database, query, station->integer(0), stream, rows); !read.ok()) return failure(read.error());
  }
  std::sort(rows.begin(), rows.end(), [](const HistoryRow& a, const HistoryRow& b) { return a.key < b.key; });
  const bool more = rows.size() > static_cast<std::size_t>(query.limit);
  if (more) rows.resize(static_cast<std::size_t>(query.limit));
  std::string out = "{";
  append_key(out, "station_id");
  append_json_string(out, query.station_id);
  append_key(out, "stream");
  query.stream_name ? append_json_string(out, *query.stream_name) : void(out += "null");
  append_key(out, "readings");
  out += '[';
  for (const HistoryRow& row : rows) {
    append_comma(out);
    out += row.json;
  }
  out += ']';
  append_key(out, "next_cursor");
  if (more) {
    const ReadingKey& last = rows.back().key;
    append_json_string(out, encode_cursor({std::to_string(last.observed_at), std::to_string(last.stream),
                                           std::to_string(last.account), std::to_string(last.seq)}));
  } else {
    out += "null";
  }
  return json_answer(out += "}\n");
}

}  // namespace

void Api::readings(const Exchange& exchange, const std::string& id) {
  QueryParams params(exchange->request().query);
  HistoryQuery query = read_query(params, id);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange,
                          [query = std::move(query)](SqlDatabase& database) { return answer_readings(database, query); });
}

}  // namespace wayside::central
