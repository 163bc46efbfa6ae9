#include "bridge/bridge_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>

#include "common/base/version.h"

namespace wayside::bridge {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using Labels = std::map<std::string, std::string>;

void add(Counter& counter, std::uint64_t value) {
  if (value > 0) counter.Increment(static_cast<double>(value));
}

}  // namespace

struct BridgeMetrics::Families {
  prometheus::Registry registry;

  Counter& counter(const char* name, const char* help, const Labels& labels = {}) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
  }
  Gauge& gauge(const char* name, const char* help, const Labels& labels = {}) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
  }

  Counter& messages = counter("wayside_bridge_messages_received_total", "MQTT messages taken in");
  Counter& bytes = counter("wayside_bridge_received_bytes_total", "Payload bytes of those messages");
  Counter& ignored = counter("wayside_bridge_messages_ignored_total",
                             "MQTT messages that say nothing: receipts of another bridge, cleared health");
  Counter& infos = counter("wayside_bridge_infos_received_total", "Station information messages");
  Counter& healths = counter("wayside_bridge_healths_received_total", "Agent health messages");
  Counter& records = counter("wayside_bridge_records_delivered_total", "Kafka records committed, dead letters included");
  Counter& receipts = counter("wayside_bridge_receipts_sent_total", "Receipt messages sent, answers to health included");
  Counter& receipted = counter("wayside_bridge_readings_receipted_total", "Readings named in receipts, delivered or refused");
  Counter& batches = counter("wayside_bridge_batches_total", "Batches acknowledged");
  Counter& dropped =
      counter("wayside_bridge_batches_dropped_total", "Batches thrown away unacknowledged; the broker sends them again");
  Counter& connects = counter("wayside_bridge_mqtt_connects_total", "Connections made to the MQTT broker");
  Counter& restarts =
      counter("wayside_bridge_producer_restarts_total", "Kafka producers made anew after an error that left doubt");
  Gauge& in_flight = gauge("wayside_bridge_in_flight_messages", "MQTT messages whose PUBACK is held");
  Gauge& mqtt = gauge("wayside_bridge_mqtt_connected", "1 while subscribed at the MQTT broker");
  Gauge& kafka = gauge("wayside_bridge_kafka_connected", "1 while Kafka takes records");
  Histogram& batch_seconds =
      prometheus::BuildHistogram()
          .Name("wayside_bridge_batch_seconds")
          .Help("From the first message read to the last PUBACK written")
          .Register(registry)
          .Add({}, Histogram::BucketBoundaries{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60});
  std::array<Counter*, kAllStreams.size()> readings{};
  std::array<Counter*, kReasonCount> letters{};

  Families() {
    for (const Stream stream : kAllStreams) {
      readings[static_cast<std::size_t>(stream)] = &counter("wayside_bridge_readings_received_total", "Good readings by stream",
                                                            {{"stream", std::string(to_text(stream))}});
    }
    for (std::size_t i = 0; i < kReasonCount; ++i) {
      letters[i] = &counter("wayside_bridge_dead_letters_total", "Refused items by reason",
                            {{"reason", std::string(to_text(static_cast<Reason>(i)))}});
    }
    gauge("wayside_bridge_build_info", "Always 1", {{"version", kVersion}}).Set(1);
  }
};

BridgeMetrics::BridgeMetrics() : families_(std::make_unique<Families>()) {}
BridgeMetrics::~BridgeMetrics() = default;

void BridgeMetrics::count_batch(const BatchCounts& counts, std::uint64_t records, std::uint64_t receipts, double seconds) {
  Families& f = *families_;
  add(f.messages, counts.messages);
  add(f.bytes, counts.bytes);
  add(f.ignored, counts.ignored);
  add(f.infos, counts.infos);
  add(f.healths, counts.healths);
  add(f.records, records);
  add(f.receipts, receipts);
  add(f.receipted, counts.numbered);
  f.batches.Increment();
  f.batch_seconds.Observe(seconds);
  for (std::size_t i = 0; i < counts.readings.size(); ++i) add(*f.readings[i], counts.readings[i]);
  for (std::size_t i = 0; i < counts.dead_letters.size(); ++i) {
    add(*f.letters[i], counts.dead_letters[i]);
    dead_letters_ += counts.dead_letters[i];
  }
  received_ += counts.messages;
  receipts_ += receipts;
}

void BridgeMetrics::count_dropped_batch() { families_->dropped.Increment(); }
void BridgeMetrics::count_mqtt_connect() { families_->connects.Increment(); }
void BridgeMetrics::count_producer_restart() { families_->restarts.Increment(); }
void BridgeMetrics::set_in_flight(std::size_t messages) { families_->in_flight.Set(static_cast<double>(messages)); }
void BridgeMetrics::set_connected(bool mqtt, bool kafka) {
  families_->mqtt.Set(mqtt ? 1 : 0);
  families_->kafka.Set(kafka ? 1 : 0);
}

std::string BridgeMetrics::text() const { return prometheus::TextSerializer().Serialize(families_->registry.Collect()); }

}  // namespace wayside::bridge
