// GET /api/v1/alerts: what is wrong, and what was, newest first.
#include "central/alert_store.h"
#include "central/answer.h"
#include "central/api.h"
#include "central/json_text.h"
#include "central/query_params.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kAlertsDefault = 100;
constexpr std::int64_t kAlertsMax = 1000;

struct AlertFilter {
  std::string state;  ///< open, closed or all
  std::string rule;   ///< empty: all
  std::string station;
  std::int64_t before = std::int64_t{1} << 62;
  std::int64_t limit = kAlertsDefault;

  std::string condition() const {
    std::string text = "WHERE alert_pk < ?1";
    if (state == "open") text += " AND closed_at IS NULL";
    if (state == "closed") text += " AND closed_at IS NOT NULL";
    if (!rule.empty()) text += " AND rule = ?3";
    if (!station.empty()) text += " AND name = ?4 AND subject = 'station'";
    return text;
  }
};

/// `"counts":{"silent":3}` of the open ones.
Status append_counts(std::string& out, SqlDatabase& alerts) {
  append_key(out, "counts");
  out += '{';
  WAYSIDE_TRY(
      alerts.each_row("SELECT rule, count(*) FROM alert WHERE closed_at IS NULL GROUP BY rule", [&](const SqlStatement& row) {
        append_key(out, row.text(0));
        append_integer(out, row.integer(1));
      }));
  out += '}';
  return {};
}

Result<std::string> write_alerts(const std::string& path, const AlertFilter& filter) {
  SqlOpenOptions options;
  options.read_only = true;
  auto alerts = SqlDatabase::open(path, options);
  if (!alerts) return std::move(alerts).error();
  auto select = alerts->prepare("SELECT " + std::string(kAlertColumns) + " FROM alert " + filter.condition() +
                                " ORDER BY alert_pk DESC LIMIT ?2");
  if (!select) return std::move(select).error();
  select->bind(1, filter.before).bind(2, filter.limit + 1);
  if (!filter.rule.empty()) select->bind(3, filter.rule);
  if (!filter.station.empty()) select->bind(4, filter.station);
  std::string out = "{\"alerts\":[";
  std::int64_t last = 0;
  std::int64_t count = 0;
  WAYSIDE_TRY(select->each_row([&](const SqlStatement& row) {
    if (++count > filter.limit) return;
    const Alert alert = read_alert(row);
    last = alert.id;
    append_comma(out);
    out += '{';
    append_alert(out, alert);
    out += '}';
  }));
  out += "],\"next_cursor\":";
  count > filter.limit ? append_json_string(out, encode_cursor({std::to_string(last)})) : void(out += "null");
  WAYSIDE_TRY(append_counts(out, *alerts));
  return out += "}\n";
}

}  // namespace

void Api::alerts(const Exchange& exchange, const std::string&) {
  QueryParams params(exchange->request().query);
  AlertFilter filter;
  filter.state = params.text("state").value_or("open");
  if (filter.state != "open" && filter.state != "closed" && filter.state != "all")
    params.fail("state", "is no state", filter.state, "open, closed or all");
  filter.rule = params.text("rule").value_or("");
  if (!filter.rule.empty() && !parse_alert_rule(filter.rule)) {
    params.fail("rule", "is no rule", filter.rule,
                "silent, empty, full, frozen_value, impossible_value, backlog, outbox or bad_clock");
  }
  filter.station = params.text("station").value_or("");
  filter.limit = params.integer("limit", kAlertsDefault, 1, kAlertsMax);
  if (const auto cursor = params.text("cursor")) {
    const auto parts = decode_numbers(*cursor, 1);
    if (!parts) params.fail("cursor", "is none of ours", *cursor, "the next_cursor of the answer before");
    if (parts) filter.before = parts->front();
  }
  if (params.error()) return respond(exchange, bad_parameter(*params.error()));
  context_.readers.answer(exchange, [filter, path = context_.alerts_path](SqlDatabase&) {
    auto written = write_alerts(path, filter);
    return written ? json_answer(std::move(*written)) : failure(written.error());
  });
}

}  // namespace wayside::central
