// How gaps are told: those that stop the folding, and those an operator has taken.
#include "central/gap_query.h"

#include "central/json_text.h"
#include "central/log_gap.h"
#include "common/contract/reading.h"

namespace wayside::central {

std::string gaps_json(const std::vector<LogGap>& gaps) {
  std::string out = "[";
  for (const LogGap& gap : gaps) {
    append_comma(out);
    out += '{';
    append_key(out, "topic");
    append_json_string(out, source_topics()[gap.id.topic].name);
    append_key(out, "partition");
    append_integer(out, gap.id.partition);
    append_key(out, "kind");
    append_json_string(out, to_text(gap.kind));
    append_key(out, "next_offset");
    append_integer(out, gap.next_offset);
    append_key(out, "low");
    append_integer(out, gap.low);
    append_key(out, "high");
    append_integer(out, gap.high);
    append_key(out, "records");
    append_integer(out, gap.records());
    append_key(out, "folded_until");
    append_time(out, gap.folded_until);
    append_key(out, "what");
    append_json_string(out, describe(gap));
    out += '}';
  }
  return out += ']';
}

Result<std::string> accepted_gaps_json(SqlDatabase& database) {
  auto records = database.query_integer("SELECT sum(records) FROM gap");
  if (!records) return std::move(records).error();
  std::string out = "\"gaps\":{\"records\":";
  append_integer(out, records->value_or(0));
  append_key(out, "list");
  out += '[';
  WAYSIDE_TRY(database.each_row(
      "SELECT cluster_id, topic, partition, kind, stood_at, goes_on_at, records, folded_until, accepted_at FROM gap "
      "JOIN cluster USING (cluster_pk) ORDER BY gap_pk DESC LIMIT 100",
      [&](const SqlStatement& row) {
        append_comma(out);
        out += '{';
        append_key(out, "cluster_id");
        append_json_string(out, row.text(0));
        append_key(out, "topic");
        append_json_string(out, row.text(1));
        append_key(out, "partition");
        append_integer(out, row.integer(2));
        append_key(out, "kind");
        append_json_string(out, row.text(3));
        int column = 4;
        for (const std::string_view key : {"stood_at", "goes_on_at", "records"}) {
          append_key(out, key);
          append_integer(out, row.integer(column++));
        }
        append_key(out, "folded_until");
        append_time(out, row.is_null(7) ? std::nullopt : std::optional(UtcTime{row.integer(7)}));
        append_key(out, "accepted_at");
        append_time(out, UtcTime{row.integer(8)});
        out += '}';
      }));
  return out += "]}";
}

}  // namespace wayside::central
