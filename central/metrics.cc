#include "central/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace wayside::central {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Labels = std::vector<ClientMetric::Label>;

/// One metric with its series, built anew at every scrape: the numbers live where they are counted.
class Family {
 public:
  Family(std::string name, std::string help, MetricType type) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = type;
  }
  Family& add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (family_.type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  MetricFamily take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

Family counter(std::string name, std::string help) { return {std::move(name), std::move(help), MetricType::Counter}; }
Family gauge(std::string name, std::string help) { return {std::move(name), std::move(help), MetricType::Gauge}; }
double number(std::uint64_t value) { return static_cast<double>(value); }
std::string text(std::string_view view) { return std::string(view); }

void add_ingest(std::vector<MetricFamily>& out, const IngestReport& ingest) {
  out.push_back(counter("wayside_central_records_total", "Kafka records folded.").add(number(ingest.counts.records)).take());
  Family readings = counter("wayside_central_readings_total", "New readings stored, by stream.");
  for (const Stream stream : kAllStreams) {
    readings.add(number(ingest.counts.readings[static_cast<std::size_t>(stream)]), {{"stream", text(to_text(stream))}});
  }
  out.push_back(readings.take());
  out.push_back(counter("wayside_central_repeats_total", "Readings recognised as known and not counted again.")
                    .add(number(ingest.counts.repeated))
                    .take());
  out.push_back(counter("wayside_central_unnumbered_total", "Readings without a number, which the ledger does not vouch for.")
                    .add(number(ingest.counts.unnumbered))
                    .take());
  out.push_back(counter("wayside_central_limited_total", "Items refused because one of the settings limits.* was reached.")
                    .add(number(ingest.counts.limited))
                    .take());
  out.push_back(counter("wayside_central_late_total", "Readings older than the present: history only.")
                    .add(number(ingest.counts.late))
                    .take());
  out.push_back(
      counter("wayside_central_too_old_total", "New readings of days whose history has gone by age: counted, not kept.")
          .add(number(ingest.counts.too_old))
          .take());
  Family refused = counter("wayside_central_refused_total", "Items central put into quarantine, by reason.");
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    refused.add(number(ingest.counts.refused[i]), {{"reason", text(to_text(static_cast<Reason>(i)))}});
  }
  out.push_back(refused.take());
  out.push_back(counter("wayside_central_dead_letters_total", "Dead letters taken over from the bridges.")
                    .add(number(ingest.counts.dead_letters))
                    .take());
  out.push_back(counter("wayside_central_batches_total", "Transactions committed.").add(number(ingest.batches)).take());
  out.push_back(counter("wayside_central_fold_seconds_total", "Time spent in transactions.").add(ingest.fold_seconds).take());
  out.push_back(counter("wayside_central_fold_errors_total", "Transactions that failed and were tried again.")
                    .add(number(ingest.fold_errors))
                    .take());
  Family state = gauge("wayside_central_ingest_state", "1 for the state the ingest is in.");
  for (const IngestState each : {IngestState::kWaitingForKafka, IngestState::kFolding, IngestState::kDatabaseError,
                                 IngestState::kOutOfRange, IngestState::kStopped}) {
    state.add(each == ingest.state ? 1 : 0, {{"state", text(to_text(each))}});
  }
  out.push_back(state.take());
  Family gaps = gauge("wayside_central_gap_partitions", "Partitions in which folding has stopped, by kind of gap.");
  Family gone = gauge("wayside_central_gap_records", "Records known to be gone from Kafka before central folded them.");
  double gone_records = 0;
  for (const GapKind kind : {GapKind::kBehindRetention, GapKind::kLogShorter, GapKind::kOtherLog}) {
    double partitions = 0;
    for (const LogGap& gap : ingest.gaps) {
      if (gap.kind != kind) continue;
      ++partitions;
      gone_records += static_cast<double>(gap.records());
    }
    gaps.add(partitions, {{"kind", text(to_text(kind))}});
  }
  out.push_back(gaps.take());
  out.push_back(gone.add(gone_records).take());
  Family lag = gauge("wayside_central_lag_records", "Records in Kafka that are not folded yet.");
  for (const PartitionStatus& place : ingest.partitions) {
    if (place.high_watermark < 0) continue;
    lag.add(number(static_cast<std::uint64_t>(place.lag())),
            {{"topic", text(place.topic)}, {"partition", std::to_string(place.partition)}});
  }
  out.push_back(lag.take());
}

void add_http(std::vector<MetricFamily>& out, const MetricsInput& input) {
  out.push_back(gauge("wayside_central_viewers", "Open event streams.").add(number(input.hub.viewers)).take());
  out.push_back(counter("wayside_central_viewers_total", "Event streams opened.").add(number(input.hub.viewers_total)).take());
  out.push_back(counter("wayside_central_viewers_resumed_total", "Event streams that went on where they had ended.")
                    .add(number(input.hub.resumed_total))
                    .take());
  out.push_back(counter("wayside_central_viewers_slow_dropped_total", "Viewers dropped because they did not keep up.")
                    .add(number(input.hub.slow_dropped_total))
                    .take());
  out.push_back(
      counter("wayside_central_viewers_refused_total", "Viewers over the limit.").add(number(input.hub.refused_total)).take());
  out.push_back(counter("wayside_central_snapshots_total", "Snapshots sent.").add(number(input.hub.snapshots_total)).take());
  out.push_back(counter("wayside_central_deltas_total", "Deltas made.").add(number(input.hub.deltas_total)).take());
  out.push_back(counter("wayside_central_http_requests_total", "HTTP requests.").add(number(input.server.requests)).take());
  out.push_back(counter("wayside_central_http_bad_requests_total", "Requests that were no HTTP, too large or too slow.")
                    .add(number(input.server.bad_requests))
                    .take());
  out.push_back(counter("wayside_central_http_refused_connections_total", "Connections over the limit.")
                    .add(number(input.server.refused_connections))
                    .take());
  out.push_back(gauge("wayside_central_http_connections", "Open connections.").add(number(input.server.open)).take());
  out.push_back(counter("wayside_central_reader_refused_total", "Questions refused because too many were waiting.")
                    .add(number(input.readers.refused_total))
                    .take());
  out.push_back(gauge("wayside_central_exports", "Long answers under way.").add(number(input.readers.streams)).take());
  out.push_back(
      counter("wayside_central_exports_total", "Long answers begun.").add(number(input.readers.streams_total)).take());
  out.push_back(counter("wayside_central_exports_refused_total", "Long answers over the limit http.exports_max.")
                    .add(number(input.readers.streams_refused_total))
                    .take());
  out.push_back(
      counter("wayside_central_exports_slow_dropped_total", "Long answers dropped because the client did not take them.")
          .add(number(input.readers.streams_slow_total))
          .take());
}

void add_tracks(std::vector<MetricFamily>& out, const DayTracksCounters& tracks) {
  out.push_back(gauge("wayside_central_past_bytes", "Memory of the days that pictures of the past were asked for.")
                    .add(static_cast<double>(tracks.bytes))
                    .take());
  out.push_back(counter("wayside_central_past_blocks_read_total", "Blocks of readings read for pictures of the past.")
                    .add(number(tracks.made_total))
                    .take());
  out.push_back(counter("wayside_central_past_evictions_total", "Of these, days let go over the limit of memory.")
                    .add(number(tracks.dropped_total))
                    .take());
}

void add_alerts(std::vector<MetricFamily>& out, const AlertCounters& alerts) {
  Family open = gauge("wayside_central_alerts_open", "Alerts that are open, by rule.");
  Family opened = counter("wayside_central_alerts_opened_total", "Alerts opened since the start, by rule.");
  Family closed = counter("wayside_central_alerts_closed_total", "Alerts closed since the start, by rule.");
  for (std::size_t i = 0; i < kAlertRuleCount; ++i) {
    const Labels rule{{"rule", text(to_text(static_cast<AlertRule>(i)))}};
    open.add(number(alerts.open[i]), rule);
    opened.add(number(alerts.opened[i]), rule);
    closed.add(number(alerts.closed[i]), rule);
  }
  Family sent = counter("wayside_central_alert_notices_sent_total", "Notices that webhook or broker have taken.");
  Family failed =
      counter("wayside_central_alert_calls_failed_total", "Calls to webhook or broker that failed; they are repeated.");
  Family waiting = gauge("wayside_central_alert_notices_waiting", "Notices that wait for webhook or broker.");
  Family dropped = counter("wayside_central_alert_notices_dropped_total", "Notices over alerts.notices_max, never sent.");
  for (const AlertSenderCounters& channel : alerts.channels) {
    const Labels name{{"channel", channel.channel}};
    sent.add(number(channel.sent), name);
    failed.add(number(channel.failed), name);
    waiting.add(static_cast<double>(channel.waiting), name);
    dropped.add(static_cast<double>(channel.dropped), name);
  }
  for (Family* const family : {&open, &opened, &closed}) out.push_back(family->take());
  if (!alerts.channels.empty()) {
    for (Family* const family : {&sent, &failed, &waiting, &dropped}) out.push_back(family->take());
  }
  out.push_back(counter("wayside_central_alert_errors_total", "Times that alerts could not be written or their facts not read.")
                    .add(number(alerts.errors))
                    .take());
}

void add_bronze(std::vector<MetricFamily>& out, const BronzeCounters& bronze) {
  const auto add = [&](const char* name, const char* help, std::uint64_t value) {
    out.push_back(counter(std::string("wayside_central_bronze_") + name, help).add(number(value)).take());
  };
  add("records_total", "Raw records kept.", bronze.records);
  add("bytes_total", "Bytes of raw records written, compressed.", bronze.bytes);
  add("repeats_total", "Raw records that were there already.", bronze.repeated);
  add("failures_total", "Batches that the disk did not take; they are read again.", bronze.failures);
  add("files_deleted_total", "Files of raw records deleted, by age or size.", bronze.files_deleted);
  add("cut_bytes_total", "Torn ends cut off files of raw records.", bronze.bytes_cut);
}

void add_state_topic(std::vector<MetricFamily>& out, const StatePublisherCounters& topic) {
  const std::string name = "wayside_central_state_topic_";
  out.push_back(
      counter(name + "states_total", "States of stations written to station-state.").add(number(topic.states)).take());
  out.push_back(
      counter(name + "tombstones_total", "Stations taken out of station-state.").add(number(topic.tombstones)).take());
  out.push_back(
      counter(name + "failures_total", "States that Kafka did not take; sent again.").add(number(topic.failures)).take());
  out.push_back(gauge(name + "waiting", "Stations whose state Kafka does not have yet.").add(number(topic.waiting)).take());
}

}  // namespace

std::string metrics_text(const MetricsInput& input) {
  std::vector<MetricFamily> families;
  add_ingest(families, input.ingest);
  Family stations = gauge("wayside_central_stations", "Stations by state.");
  for (std::size_t i = 0; i < kStationStateCount; ++i) {
    stations.add(number(input.stations[i]), {{"state", text(to_text(static_cast<StationState>(i)))}});
  }
  families.push_back(stations.take());
  add_http(families, input);
  add_alerts(families, input.alerts);
  add_bronze(families, input.bronze);
  add_tracks(families, input.tracks);
  add_state_topic(families, input.state_topic);
  families.push_back(counter("wayside_central_forecasts_made_total", "Stations whose history was looked at for the forecast.")
                         .add(number(input.forecasts.made))
                         .take());
  families.push_back(counter("wayside_central_forecast_errors_total", "Stations whose history could not be read or kept.")
                         .add(number(input.forecasts.errors))
                         .take());
  families.push_back(gauge("wayside_central_start_time_seconds", "When this process started, since 1970.")
                         .add(static_cast<double>(input.started_at.ms) / 1000.0)
                         .take());
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace wayside::central
