#include "central/gold_json.h"

#include "central/json_text.h"
#include "common/contract/reading.h"

namespace wayside::central {

void append_gold(std::string& out, Stream stream, const GoldRow& row) {
  out += '{';
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
  out += '}';
}

}  // namespace wayside::central
