#include "central/gold_json.h"

#include "central/answer_format.h"
#include "central/json_text.h"
#include "common/contract/reading.h"

namespace wayside::central {

void append_gold(std::string& out, Stream stream, const GoldRow& row) {
  append_key(out, "start");
  append_time(out, UtcTime{row.start});
  if (stream == Stream::kArrival) {
    const RouteDirection line = split_gold_group(row.group);
    append_key(out, "route_id");
    line.route.empty() ? void(out += "null") : append_json_string(out, line.route);
    append_key(out, "direction_id");
    line.direction.empty() ? void(out += "null") : append_json_string(out, line.direction);
  }
  const auto columns = gold_columns(stream);
  for (std::size_t i = 0; i < columns.size() && i < row.cells.size(); ++i) {
    append_key(out, columns[i].name);
    row.cells[i] ? append_number(out, from_cell(*row.cells[i], columns[i].decimals)) : void(out += "null");
  }
}

void append_gold_csv_head(std::string& out, Stream stream) {
  out += "station_id,start";
  if (stream == Stream::kArrival) out += ",route_id,direction_id";
  for (const GoldColumn& column : gold_columns(stream)) out.append(",").append(column.name);
  out += kCsvLineEnd;
}

void append_gold_csv(std::string& out, std::string_view station_id, Stream stream, const GoldRow& row) {
  append_csv(out, station_id);
  out.append(",").append(format_rfc3339(UtcTime{row.start}));
  if (stream == Stream::kArrival) {
    const RouteDirection line = split_gold_group(row.group);
    for (const std::string_view part : {line.route, line.direction}) append_csv(out += ',', part);
  }
  const auto columns = gold_columns(stream);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += ',';
    if (i < row.cells.size() && row.cells[i]) append_number(out, from_cell(*row.cells[i], columns[i].decimals));
  }
  out += kCsvLineEnd;
}

}  // namespace wayside::central
