// GET /api/v1/stations/{id}/readings: history by time range.
#include <algorithm>

#include "central/answer.h"
#include "central/api.h"
#include "central/field_picker.h"
#include "central/json_text.h"
#include "central/quality.h"
#include "central/query_params.h"
#include "central/read_snapshot.h"
#include "central/shape_table.h"
#include "central/silver_reader.h"
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

/// What a history's rows need beside silver.
struct HistoryTables {
  SilverReader silver;
  ShapeNames shapes;
  SqlStatement epoch;

  static Result<HistoryTables> open(SqlDatabase& database) {
    auto silver = SilverReader::open(database);
    if (!silver) return std::move(silver).error();
    auto shapes = ShapeNames::open(database);
    if (!shapes) return std::move(shapes).error();
    auto epoch = database.prepare("SELECT epoch FROM account WHERE account_pk = ?1");
    if (!epoch) return std::move(epoch).error();
    return HistoryTables{std::move(*silver), std::move(*shapes), std::move(*epoch)};
  }
};

Result<std::string> row_json(HistoryTables& tables, const SilverRow& row, Stream stream, const std::string& quality) {
  std::string out = "{";
  append_key(out, "stream");
  append_json_string(out, to_text(stream));
  append_key(out, "observed_at");
  append_time(out, UtcTime{row.key.observed_at});
  append_key(out, "received_at");
  append_time(out, UtcTime{row.received_at});
  append_key(out, "stored_at");
  append_time(out, UtcTime{row.stored_at});
  const bool numbered = row.key.account != 0;
  append_key(out, "epoch");
  if (numbered) {
    auto found = tables.epoch.bind(1, row.key.account).step();
    if (!found) return std::move(found).error();
    append_json_string(out, *found ? tables.epoch.text(0) : std::string_view());
    tables.epoch.reset();
  } else {
    out += "null";
  }
  append_key(out, "seq");
  numbered ? append_integer(out, row.key.seq) : void(out += "null");
  append_key(out, "clock");
  append_json_string(out, to_text(static_cast<ClockQuality>(row.clock)));
  append_key(out, "quality");
  out += quality;
  append_key(out, "values");
  auto names = tables.shapes.names(row.shape);
  if (!names) return std::move(names).error();
  out += restore_values(*names, row.cells);
  return out += '}';
}

/// The next readings of one stream, at most limit + 1.
Status read_stream(HistoryTables& tables, const HistoryQuery& query, std::int64_t station, Stream stream,
                   std::vector<HistoryRow>& rows) {
  const auto number = static_cast<std::int64_t>(stream);
  // Of the cursor's own time, streams before its stream are done and streams behind it have not begun.
  ReadingKey from = query.after;
  constexpr std::int64_t kLast = std::int64_t{1} << 62;
  if (number < from.stream) from.account = kLast;
  if (number > from.stream) from.account = -1;
  if (number != from.stream) from.seq = from.account;
  const SilverKey after{from.observed_at, from.account, from.seq};
  QualityJudge judge(stream);
  FieldPicker picker(tables.shapes, judge.fields());
  // Flags depend on the readings before: these are judged and not given out.
  SilverKey begin = after;
  if (!judge.fields().empty()) begin = {std::max<std::int64_t>(0, after.observed_at - kQualityContextMs), -1, -1};
  std::int64_t left = query.limit + 1;
  Status status;
  WAYSIDE_TRY(tables.silver.read(StationPk{station}, stream, begin, query.until, [&](const SilverRow& row) {
    auto values = picker.pick(row);
    if (!values) status = std::move(values).error();
    if (!values) return false;
    const auto flags = judge.judge(row.key.observed_at, *values);
    if (row.key <= after) return true;
    auto json = row_json(tables, row, stream, quality_json(judge.fields(), flags));
    if (!json) status = std::move(json).error();
    if (!json) return false;
    rows.push_back({{row.key.observed_at, number, row.key.account, row.key.seq}, std::move(*json)});
    return --left > 0;
  }));
  return status;
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
  const std::int64_t station_pk = station->integer(0);
  station->reset();
  auto snapshot = ReadSnapshot::begin(database);
  if (!snapshot) return failure(snapshot.error());
  auto tables = HistoryTables::open(database);
  if (!tables) return failure(tables.error());
  std::vector<HistoryRow> rows;
  for (const Stream stream : query.streams) {
    if (auto read = read_stream(*tables, query, station_pk, stream, rows); !read.ok()) return failure(read.error());
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
