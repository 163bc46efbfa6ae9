// GET /api/v1/stations/{id}/aggregates: gold by time range, in parts as readings are.
#include "central/answer.h"
#include "central/answer_format.h"
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
constexpr std::int64_t kEndless = std::int64_t{1} << 53;
/// Minutes are made by whole days.
constexpr std::int64_t kRowsOfPart = 1440;

struct AggregateQuery {
  std::string station_id;
  GoldRange range;
  ListFormat format = ListFormat::kJson;
  std::int64_t limit = kRowsDefault;
  std::int64_t after_start = -1;  ///< the last bucket of the page before …
  std::string after_group;        ///< … and its line and direction
  std::int64_t report_interval_s = 0;
};

AggregateQuery read_query(QueryParams& params, const std::string& id, ListFormat format) {
  AggregateQuery query;
  query.format = format;
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
  const bool pages = format == ListFormat::kJson;
  query.limit = params.integer("limit", pages ? kRowsDefault : kEndless, 1, pages ? kRowsMax : kEndless);
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

/// Writes the rows in parts of bounded size.
class AggregateWriter {
 public:
  explicit AggregateWriter(AggregateQuery query) : query_(std::move(query)) {}

  /// What comes before the first row.
  std::string beginning() const;
  /// Appends the next rows, and what follows the last one; false when that was all.
  Result<bool> next(SqlDatabase& database, std::string& out);

 private:
  void append_context(std::string& out) const;
  void append_row(std::string& out, const GoldRow& row);

  AggregateQuery query_;
  bool first_ = true;
};

void AggregateWriter::append_context(std::string& out) const {
  append_key(out, "station_id");
  append_json_string(out, query_.station_id);
  append_key(out, "stream");
  append_json_string(out, to_text(query_.range.stream));
  append_key(out, "resolution");
  append_json_string(out, to_text(query_.range.resolution));
}

std::string AggregateWriter::beginning() const {
  std::string out;
  if (query_.format == ListFormat::kCsv) append_gold_csv_head(out, query_.range.stream);
  if (query_.format != ListFormat::kJson) return out;
  out += '{';
  append_context(out);
  append_key(out, "aggregates");
  return out += '[';
}

void AggregateWriter::append_row(std::string& out, const GoldRow& row) {
  if (query_.format == ListFormat::kCsv) return append_gold_csv(out, query_.station_id, query_.range.stream, row);
  if (query_.format == ListFormat::kJson && !std::exchange(first_, false)) out += ',';
  out += '{';
  if (query_.format == ListFormat::kNdjson) append_context(out);
  append_gold(out, query_.range.stream, row);
  out += query_.format == ListFormat::kNdjson ? "}\n" : "}";
}

Result<bool> AggregateWriter::next(SqlDatabase& database, std::string& out) {
  auto gold = GoldQuery::open(database, query_.report_interval_s);
  if (!gold) return std::move(gold).error();
  const std::int64_t wanted = std::min(query_.limit, kRowsOfPart);
  std::int64_t rows = 0;
  bool more = false;
  auto read = (*gold)->read(query_.range, [&](const GoldRow& row) {
    if (row.start == query_.after_start && row.group <= query_.after_group) return true;
    more = rows == wanted;
    if (more) return false;
    ++rows;
    append_row(out, row);
    query_.after_start = row.start;
    query_.after_group = row.group;
    return true;
  });
  if (!read.ok()) return std::move(read).error();
  query_.range.since = std::max(query_.range.since, query_.after_start);
  query_.limit -= rows;
  if (more && query_.limit > 0) return true;
  if (query_.format != ListFormat::kJson) return false;
  out += ']';
  append_key(out, "next_cursor");
  more ? append_json_string(out, encode_cursor({format_rfc3339(UtcTime{query_.after_start}), query_.after_group}))
       : void(out += "null");
  out += "}\n";
  return false;
}

Answer answer_aggregates(SqlDatabase& database, AggregateQuery query) {
  auto found = find_station(database, query.station_id);
  if (auto* answer = std::get_if<HttpResponse>(&found)) return std::move(*answer);
  query.range.station = std::get<StationPk>(found);
  const ListFormat format = query.format;
  auto writer = std::make_shared<AggregateWriter>(std::move(query));
  HttpResponse head = text_answer(writer->beginning(), content_type(format));
  return {std::move(head), [writer](SqlDatabase& reader, std::string& out) { return writer->next(reader, out); }};
}

}  // namespace

void Api::aggregates(const Exchange& exchange, const std::string& id) {
  QueryParams params(exchange->request().query);
  const ListFormat format = read_format(params, exchange->request());
  AggregateQuery query = read_query(params, id, format);
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  query.report_interval_s = context_.report_interval_s;
  context_.readers.answer(exchange,
                          [query = std::move(query)](SqlDatabase& database) { return answer_aggregates(database, query); });
}

}  // namespace wayside::central
