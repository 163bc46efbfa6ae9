#include "central/alert_settings.h"

#include "common/base/readable_file.h"

namespace wayside::central {
namespace {

constexpr IntegerBounds kMinutes{0, 525'600};

}  // namespace

void AlertWebhookSettings::describe(SettingsVisitor& visitor) {
  visitor.text("url", url, "http:// or https:// address that alerts are sent to (POST, JSON); empty: none.");
  visitor.secret("token", token, "WAYSIDE_WEBHOOK_TOKEN", "File whose first line goes along as `Authorization: Bearer …`.");
  visitor.text("ca_file", ca_file, "PEM file of the authority that signed the receiver's certificate; empty: the system's.");
  visitor.integer("timeout_s", timeout_s, {1, 120}, "How long the receiver may take to answer (s).");
  visitor.integer("retry_s_max", retry_s_max, {1, 86'400}, "A failed call is tried again after 1 s, doubling up to this (s).");
}

Status AlertWebhookSettings::validate() const {
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
    return Error{"url: is no web address", "http://… or https://…"};
  return check_readable({{"ca_file", ca_file}});
}

void AlertMqttSettings::describe(SettingsVisitor& visitor) {
  visitor.text("topic", topic, "MQTT topic that each alert is published to (QoS 1, not retained); empty: none.");
  MqttSettings::describe(visitor);
}

void MaintenanceSettings::describe(SettingsVisitor& visitor) {
  visitor.text("station", station, "Station id or agent name; empty: everything.");
  visitor.text("from", from, "RFC 3339 time at which it begins.", Presence::kRequired);
  visitor.text("until", until, "RFC 3339 time at which it ends.", Presence::kRequired);
}

Status MaintenanceSettings::validate() const {
  const auto begin = parse_rfc3339(from);
  const auto end = parse_rfc3339(until);
  if (!begin) return Error{"from: is no RFC 3339 time (got " + from + ")", "2026-11-20T22:00:00Z"};
  if (!end) return Error{"until: is no RFC 3339 time (got " + until + ")", "2026-11-21T04:00:00Z"};
  if (*end <= *begin) return Error{"until: does not lie after from (got " + until + ")", "the later time"};
  return {};
}

void AlertSettings::describe(SettingsVisitor& visitor) {
  visitor.integer("silent_min", silent_min, kMinutes, "Minutes that a station is silent, or an agent offline; 0: no alert.");
  visitor.integer("bad_clock_min", bad_clock_min, kMinutes, "Minutes that a station or agent has a bad clock; 0: no alert.");
  visitor.integer("empty_min", empty_min, kMinutes, "Minutes that a station in service has no bike; 0: no alert.");
  visitor.integer("full_min", full_min, kMinutes, "Minutes that a station in service has no free dock; 0: no alert.");
  visitor.integer("frozen_min", frozen_min, kMinutes,
                  "Minutes over which readings come and one of frozen_values does not change; 0: no alert.");
  visitor.texts("frozen_values", frozen_values, "Values that are watched for it, of any stream.");
  visitor.integer(
      "impossible_min", impossible_min, kMinutes,
      "A reading with an impossible value opens an alert; it stays until none came for so many minutes; 0: no alert.");
  visitor.integer("backlog_min", backlog_min, kMinutes,
                  "Minutes that central does not fold, or that its backlog in Kafka does not shrink; 0: no alert.");
  visitor.integer("backlog_records", backlog_records, {100, 1'000'000'000}, "Records from which on it is a backlog.");
  visitor.integer("outbox_pct", outbox_pct, {0, 100},
                  "How full an agent's outbox is (%), or it can take nothing; closes 10 below; 0: no alert.");
  visitor.integer("clear_min", clear_min, {0, 525'600}, "Minutes that all is well again before an alert is closed.");
  visitor.integer("keep_days", keep_days, {1, 36'500}, "Closed alerts are kept so many days.");
  visitor.integer("keep_rows", keep_rows, {100, 100'000'000}, "At most so many closed alerts are kept.");
  visitor.integer("notices_max", notices_max, {100, 10'000'000},
                  "Notices that wait for webhook or broker; beyond it the oldest are dropped and counted.");
  visitor.group("webhook", webhook, "Who is told by HTTP.");
  visitor.group("mqtt", mqtt, "Who is told by MQTT.");
  visitor.list_of("maintenance", maintenance, "A time in which no alert is opened.");
}

}  // namespace wayside::central
