// GET /api/v1/quarantine: the one list of refused items, newest first.
#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "common/contract/message.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kItemsDefault = 100;
constexpr std::int64_t kItemsMax = 1000;
constexpr std::size_t kTextShownMax = 4096;

/// Whether bytes can be shown as text: UTF-8 without control characters but tab and line ends.
bool printable(std::string_view bytes) {
  std::size_t follow = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (follow > 0) {
      if ((byte & 0xc0) != 0x80) return false;
      --follow;
    } else if (byte >= 0x80) {
      follow = byte >= 0xf0 && byte < 0xf5 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
      if (follow == 0 || byte >= 0xf5) return false;
    } else if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
      return false;
    }
  }
  return follow == 0;
}

void append_item(std::string& out, const SqlStatement& row) {
  append_comma(out);
  out += '{';
  append_key(out, "id");
  append_integer(out, row.integer(0));
  append_key(out, "at");
  append_time(out, UtcTime{row.integer(1)});
  append_key(out, "last_at");
  append_time(out, UtcTime{row.integer(2)});
  append_key(out, "times");
  append_integer(out, row.integer(3));
  int column = 4;
  for (const std::string_view key : {"source", "reason", "detail", "topic", "agent", "station_id", "stream", "epoch"}) {
    append_key(out, key);
    append_json_string(out, row.text(column++));
  }
  append_key(out, "seq");
  row.integer(12) == 0 ? void(out += "null") : append_integer(out, row.integer(12));
  const std::string payload(row.text(13));
  append_key(out, "payload_base64");
  append_json_string(out, encode_base64(payload));
  append_key(out, "payload_text");
  payload.size() <= kTextShownMax&& printable(payload) ? append_json_string(out, payload) : void(out += "null");
  out += '}';
}

HttpResponse answer_quarantine(SqlDatabase& database, const std::string& reason, std::int64_t before, std::int64_t limit) {
  const std::string condition = reason.empty() ? "WHERE quarantine_pk < ?1" : "WHERE reason = ?3 AND quarantine_pk < ?1";
  auto select = database.prepare(
      "SELECT quarantine_pk, at, last_at, times, source, reason, detail, topic, agent, station_id, stream, epoch, seq, payload "
      "FROM quarantine " +
      condition + " ORDER BY quarantine_pk DESC LIMIT ?2");
  if (!select) return failure(select.error());
  select->bind(1, before).bind(2, limit + 1);
  if (!reason.empty()) select->bind(3, reason);
  std::string out = "{\"items\":[";
  std::int64_t last = 0;
  bool more = false;
  for (std::int64_t count = 0;; ++count) {
    auto row = select->step();
    if (!row) return failure(row.error());
    more = *row && count == limit;
    if (!*row || more) break;
    last = select->integer(0);
    append_item(out, *select);
  }
  out += "],\"next_cursor\":";
  more ? append_json_string(out, encode_cursor({std::to_string(last)})) : void(out += "null");
  return json_answer(out += "}\n");
}

}  // namespace

void Api::quarantine(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  const std::string reason = params.text("reason").value_or("");
  if (!reason.empty() && !parse_reason(reason))
    params.fail("reason", "is no reason", reason, "bad_json, not_owner, future_time …");
  const std::int64_t limit = params.integer("limit", kItemsDefault, 1, kItemsMax);
  std::int64_t before = std::int64_t{1} << 62;
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_numbers(*cursor, 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) before = parts->front();
  }
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange, [=](SqlDatabase& database) { return answer_quarantine(database, reason, before, limit); });
}

}  // namespace wayside::central
