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
constexpr std::size_t kHexShownMax = 1024;

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  out += '"';
}

/// `"counts":{"not_owner":3}` of the items that are kept and have not been replayed.
Status append_open_counts(std::string& out, SqlDatabase& database) {
  append_key(out, "counts");
  out += '{';
  WAYSIDE_TRY(database.each_row("SELECT reason, count(*) FROM quarantine WHERE replayed_at IS NULL GROUP BY reason",
                                [&](const SqlStatement& row) {
                                  append_key(out, row.text(0));
                                  append_integer(out, row.integer(1));
                                }));
  out += '}';
  return {};
}

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
  const bool text = payload.size() <= kTextShownMax && printable(payload);
  text ? append_json_string(out, payload) : void(out += "null");
  append_key(out, "payload_hex");
  text ? void(out += "null") : append_hex(out, std::string_view(payload).substr(0, kHexShownMax));
  append_key(out, "replayed_at");
  append_time(out, row.is_null(14) ? std::nullopt : std::optional(UtcTime{row.integer(14)}));
  out += '}';
}

struct ItemFilter {
  std::string reason;  ///< empty: all
  std::string state;   ///< open, replayed or all
  std::int64_t before = std::int64_t{1} << 62;
  std::int64_t limit = kItemsDefault;

  std::string condition() const {
    std::string text = "WHERE quarantine_pk < ?1";
    if (!reason.empty()) text += " AND reason = ?3";
    if (state == "open") text += " AND replayed_at IS NULL";
    if (state == "replayed") text += " AND replayed_at IS NOT NULL";
    return text;
  }
};

HttpResponse answer_quarantine(SqlDatabase& database, const ItemFilter& filter) {
  auto select = database.prepare(
      "SELECT quarantine_pk, at, last_at, times, source, reason, detail, topic, agent, station_id, stream, epoch, seq, "
      "payload, "
      "replayed_at FROM quarantine " +
      filter.condition() + " ORDER BY quarantine_pk DESC LIMIT ?2");
  if (!select) return failure(select.error());
  select->bind(1, filter.before).bind(2, filter.limit + 1);
  if (!filter.reason.empty()) select->bind(3, filter.reason);
  std::string out = "{\"items\":[";
  std::int64_t last = 0;
  bool more = false;
  for (std::int64_t count = 0;; ++count) {
    auto row = select->step();
    if (!row) return failure(row.error());
    more = *row && count == filter.limit;
    if (!*row || more) break;
    last = select->integer(0);
    append_item(out, *select);
  }
  out += "],\"next_cursor\":";
  more ? append_json_string(out, encode_cursor({std::to_string(last)})) : void(out += "null");
  if (auto counts = append_open_counts(out, database); !counts.ok()) return failure(counts.error());
  return json_answer(out += "}\n");
}

}  // namespace

void Api::quarantine(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  ItemFilter filter;
  filter.reason = params.text("reason").value_or("");
  if (!filter.reason.empty() && !parse_reason(filter.reason))
    params.fail("reason", "is no reason", filter.reason, "bad_json, not_owner, future_time …");
  filter.state = params.text("state").value_or("open");
  if (filter.state != "open" && filter.state != "replayed" && filter.state != "all")
    params.fail("state", "is no state", filter.state, "open, replayed or all");
  filter.limit = params.integer("limit", kItemsDefault, 1, kItemsMax);
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_numbers(*cursor, 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) filter.before = parts->front();
  }
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange, [filter](SqlDatabase& database) { return answer_quarantine(database, filter); });
}

}  // namespace wayside::central
