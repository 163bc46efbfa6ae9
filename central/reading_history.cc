#include "central/reading_history.h"

#include <algorithm>

#include "central/field_picker.h"
#include "central/json_fields.h"
#include "central/json_text.h"
#include "central/quality.h"
#include "central/read_snapshot.h"
#include "central/shape_table.h"
#include "central/silver_reader.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kReadingsDefault = 1000;
constexpr std::int64_t kRowsOfPart = 512;

void append_text_key(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  append_json_string(out, text);
}

}  // namespace

/// One reading with what stands in other tables.
struct HistoryWriter::Item {
  const SilverRow& row;
  Stream stream;
  std::optional<std::string> epoch;  ///< of a numbered one
  std::string quality;               ///< as JSON
  std::string values;                ///< as JSON
};

/// What a history's rows need beside silver.
struct HistoryWriter::Tables {
  SilverReader silver;
  ShapeNames shapes;
  SqlStatement epochs;

  static Result<Tables> open(SqlDatabase& database) {
    auto silver = SilverReader::open(database);
    if (!silver) return std::move(silver).error();
    auto shapes = ShapeNames::open(database);
    if (!shapes) return std::move(shapes).error();
    auto epochs = database.prepare("SELECT epoch FROM account WHERE account_pk = ?1");
    if (!epochs) return std::move(epochs).error();
    return Tables{std::move(*silver), std::move(*shapes), std::move(*epochs)};
  }

  Result<Item> item(const SilverRow& row, Stream stream, std::string quality) {
    Item item{row, stream, {}, std::move(quality), {}};
    if (row.key.account != 0) {
      auto found = epochs.bind(1, row.key.account).step();
      if (!found) return std::move(found).error();
      item.epoch = *found ? std::string(epochs.text(0)) : std::string();
      epochs.reset();
    }
    auto names = shapes.names(row.shape);
    if (!names) return std::move(names).error();
    item.values = restore_values(*names, row.cells);
    return item;
  }
};

HistoryQuery HistoryQuery::read(QueryParams& params, const std::string& station_id, ListFormat format) {
  HistoryQuery query;
  query.station_id = station_id;
  query.format = format;
  query.stream_name = params.text("stream");
  query.streams.assign(kAllStreams.begin(), kAllStreams.end());
  if (query.stream_name) {
    const auto stream = parse_stream(*query.stream_name);
    if (stream) query.streams = {*stream};
    if (!stream) params.fail("stream", "is no stream", *query.stream_name, "bike_status, weather, arrival, turnstile or loss");
  } else if (format == ListFormat::kCsv) {
    params.fail("stream", "is needed for CSV, whose columns are those of one stream", "", "stream=bike_status");
  }
  constexpr UtcTime kEver{std::int64_t{1} << 60};
  query.since = params.time("since").value_or(UtcTime{0}).ms;
  query.until = params.time("until").value_or(kEver).ms;
  if (query.since > query.until) params.fail("until", "is before since", params.text("until").value_or(""), "the later time");
  const bool pages = format == ListFormat::kJson;
  query.limit = params.integer("limit", pages ? kReadingsDefault : kEndless, 1, pages ? kPageMax : kEndless);
  query.after.observed_at = query.since;
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_numbers(*cursor, 4);
    if (parts) query.after = {(*parts)[0], (*parts)[1], (*parts)[2], (*parts)[3]};
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
  }
  return query;
}

std::string HistoryWriter::beginning() const {
  std::string out;
  if (query_.format == ListFormat::kJson) {
    out = "{";
    append_text_key(out, "station_id", query_.station_id);
    append_key(out, "stream");
    query_.stream_name ? append_json_string(out, *query_.stream_name) : void(out += "null");
    append_key(out, "readings");
    return out += '[';
  }
  if (query_.format == ListFormat::kNdjson) return out;
  out = "station_id,observed_at,received_at,stored_at,epoch,seq,clock,quality";
  for (const ValueField& field : value_fields(query_.streams.front())) out.append(",").append(field.name);
  return out.append(",other").append(kCsvLineEnd);
}

std::string HistoryWriter::row_json(const Item& item) const {
  std::string out = "{";
  if (query_.format == ListFormat::kNdjson) append_text_key(out, "station_id", query_.station_id);
  append_text_key(out, "stream", to_text(item.stream));
  const auto time = [&](std::string_view key, std::int64_t ms) {
    append_key(out, key);
    append_time(out, UtcTime{ms});
  };
  time("observed_at", item.row.key.observed_at);
  time("received_at", item.row.received_at);
  time("stored_at", item.row.stored_at);
  append_key(out, "epoch");
  item.epoch ? append_json_string(out, *item.epoch) : void(out += "null");
  append_key(out, "seq");
  item.epoch ? append_integer(out, item.row.key.seq) : void(out += "null");
  append_text_key(out, "clock", to_text(static_cast<ClockQuality>(item.row.clock)));
  append_key(out, "quality");
  out += item.quality;
  append_key(out, "values");
  out += item.values;
  return out += '}';
}

/// The contract's fields in its order; what it does not know stands in the last cell, as an object.
std::string HistoryWriter::row_csv(const Item& item) const {
  std::string out;
  append_csv(out, query_.station_id);
  for (const std::int64_t ms : {item.row.key.observed_at, item.row.received_at, item.row.stored_at}) {
    out.append(",").append(format_rfc3339(UtcTime{ms}));
  }
  out.append(",").append(item.epoch.value_or("")).append(",");
  if (item.epoch) append_integer(out, item.row.key.seq);
  out.append(",").append(to_text(static_cast<ClockQuality>(item.row.clock))).append(",");
  append_csv(out, item.quality == "null" ? std::string_view() : item.quality);
  std::vector<JsonField> fields;
  split_object(item.values, fields);
  for (const ValueField& known : value_fields(item.stream)) {
    out += ',';
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const JsonField& field) {
      return field.name.substr(1, field.name.size() - 2) == known.name;
    });
    if (found == fields.end()) continue;
    append_csv_json(out, found->value);
    fields.erase(found);
  }
  out += ',';
  if (!fields.empty()) append_csv(out, join_object(fields));
  return out.append(kCsvLineEnd);
}

/// The next readings of one stream.
Status HistoryWriter::read_stream(Tables& tables, Stream stream, std::int64_t limit, std::vector<Row>& rows) const {
  const auto number = static_cast<std::int64_t>(stream);
  // Of the time to go on from, streams before its stream are done and streams behind it have not begun.
  ReadingKey from = query_.after;
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
  Status status;
  WAYSIDE_TRY(tables.silver.read(StationPk{station_pk_}, stream, begin, query_.until, [&](const SilverRow& row) {
    auto values = picker.pick(row);
    if (!values) {
      status = std::move(values).error();
      return false;
    }
    const auto flags = judge.judge(row.key.observed_at, *values);
    if (row.key <= after) return true;
    auto item = tables.item(row, stream, quality_json(judge.fields(), flags));
    if (!item) {
      status = std::move(item).error();
      return false;
    }
    rows.push_back({{row.key.observed_at, number, row.key.account, row.key.seq},
                    query_.format == ListFormat::kCsv ? row_csv(*item) : row_json(*item)});
    return --limit > 0;
  }));
  return status;
}

void HistoryWriter::append_end(std::string& out, bool more) const {
  if (query_.format != ListFormat::kJson) return;
  out += ']';
  append_key(out, "next_cursor");
  const ReadingKey& last = query_.after;
  more ? append_json_string(out, encode_cursor({std::to_string(last.observed_at), std::to_string(last.stream),
                                                std::to_string(last.account), std::to_string(last.seq)}))
       : void(out += "null");
  out += "}\n";
}

Result<bool> HistoryWriter::next(SqlDatabase& database, std::string& out) {
  const std::int64_t wanted = std::min(query_.limit, kRowsOfPart);
  auto snapshot = ReadSnapshot::begin(database);
  if (!snapshot) return std::move(snapshot).error();
  auto tables = Tables::open(database);
  if (!tables) return std::move(tables).error();
  std::vector<Row> rows;
  for (const Stream stream : query_.streams) WAYSIDE_TRY(read_stream(*tables, stream, wanted + 1, rows));
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  const bool more = rows.size() > static_cast<std::size_t>(wanted);
  if (more) rows.resize(static_cast<std::size_t>(wanted));
  for (const Row& row : rows) {
    if (query_.format == ListFormat::kJson && !std::exchange(first_, false)) out += ',';
    out += row.text;
    if (query_.format == ListFormat::kNdjson) out += '\n';
  }
  if (!rows.empty()) query_.after = rows.back().key;
  query_.limit -= wanted;
  if (more && query_.limit > 0) return true;
  append_end(out, more);
  return false;
}

}  // namespace wayside::central
