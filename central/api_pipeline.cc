// GET /api/v1/pipeline: how the line itself is doing.
#include <cmath>

#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "common/base/version.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

void append_kafka(std::string& out, const IngestReport& ingest) {
  append_key(out, "kafka");
  out += '{';
  append_key(out, "cluster_id");
  append_json_string(out, ingest.cluster_id);
  append_key(out, "state");
  append_json_string(out, to_text(ingest.state));
  append_key(out, "detail");
  append_json_string(out, ingest.detail);
  append_key(out, "what_to_run");
  ingest.state == IngestState::kOutOfRange ? append_json_string(out, kWhatToRun) : void(out += "null");
  append_key(out, "gaps");
  out += gaps_json(ingest.gaps);
  append_key(out, "partitions");
  out += '[';
  std::int64_t lag = 0;
  for (const PartitionStatus& place : ingest.partitions) {
    lag += place.lag();
    append_comma(out);
    out += '{';
    append_key(out, "topic");
    append_json_string(out, place.topic);
    append_key(out, "partition");
    append_integer(out, place.partition);
    append_key(out, "began_at");
    append_integer(out, place.began_at);
    append_key(out, "next_offset");
    append_integer(out, place.next_offset);
    append_key(out, "high_watermark");
    place.high_watermark < 0 ? void(out += "null") : append_integer(out, place.high_watermark);
    append_key(out, "lag");
    append_integer(out, place.lag());
    out += '}';
  }
  out += ']';
  append_key(out, "lag_total");
  append_integer(out, lag);
  out += '}';
}

/// `"agents":[…],"bridges":[…]`: what each said last, and when.
Status append_health(std::string& out, SqlDatabase& database, UtcTime now) {
  std::string agents = "[";
  std::string bridges = "[";
  WAYSIDE_TRY(database.each_row("SELECT name, payload, last_word_at FROM health ORDER BY name", [&](const SqlStatement& row) {
    std::string& list = row.text(0).starts_with("bridge:") ? bridges : agents;
    append_comma(list);
    const std::string_view payload = row.text(1);
    list.append(payload.substr(0, payload.size() - 1));  // an object without its closing brace
    const auto last_word = row.is_null(2) ? std::nullopt : std::optional(UtcTime{row.integer(2)});
    append_key(list, "last_word_at");
    append_time(list, last_word);
    append_key(list, "age_s");
    append_age(list, last_word, now);
    list += '}';
  }));
  append_key(out, "agents");
  out.append(agents).append("]");
  append_key(out, "bridges");
  out.append(bridges).append("]");
  return {};
}

Status append_quarantine(std::string& out, SqlDatabase& database) {
  std::string reasons = "{";
  std::int64_t total = 0;
  WAYSIDE_TRY(database.each_row("SELECT reason, sum(total) FROM quarantine_count GROUP BY reason ORDER BY reason",
                                [&](const SqlStatement& row) {
                                  append_key(reasons, row.text(0));
                                  append_integer(reasons, row.integer(1));
                                  total += row.integer(1);
                                }));
  auto out_total = database.query_integer("SELECT value FROM meta WHERE key = 'quarantine_out'");
  if (!out_total) return std::move(out_total).error();
  append_key(out, "quarantine");
  out += '{';
  append_key(out, "total");
  append_integer(out, total);
  auto open = database.query_integer("SELECT count(*) FROM quarantine WHERE replayed_at IS NULL");
  if (!open) return std::move(open).error();
  append_key(out, "open");
  append_integer(out, open->value_or(0));
  append_key(out, "no_longer_kept");
  append_integer(out, out_total->value_or(0));
  append_key(out, "by_reason");
  out.append(reasons).append("}}");
  return {};
}

}  // namespace

void Api::pipeline(const Exchange& exchange, const std::string&) {
  const UtcTime now = context_.clock.wall();
  std::string head = "{";
  append_key(head, "generated_at");
  append_time(head, now);
  append_key(head, "database_id");
  append_json_string(head, context_.identity.id);
  append_key(head, "version");
  append_json_string(head, kVersion);
  append_kafka(head, context_.ingest.read());
  append_key(head, "rates");
  head += "{\"readings_per_s\":";
  append_number(head, std::round(context_.rate.per_s() * 10) / 10);
  head += '}';
  append_key(head, "stations");
  head += "{\"total\":";
  append_integer(head, static_cast<std::int64_t>(context_.board.stations().size()));
  for (std::size_t i = 0; i < kStationStateCount; ++i) {
    append_key(head, to_text(static_cast<StationState>(i)));
    append_integer(head, static_cast<std::int64_t>(context_.board.counts()[i]));
  }
  head += '}';
  append_key(head, "viewers");
  append_integer(head, static_cast<std::int64_t>(context_.hub.counters().viewers));
  context_.readers.answer(exchange, [head = std::move(head), now](SqlDatabase& database) {
    std::string out = head;
    if (auto health = append_health(out, database, now); !health.ok()) return failure(health.error());
    if (auto counts = append_quarantine(out, database); !counts.ok()) return failure(counts.error());
    return json_answer(out += "}\n");
  });
}

}  // namespace wayside::central
