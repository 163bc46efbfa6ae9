// What the bridge's own work costs for one message, without MQTT and Kafka: processor time of reading the topic, of parsing
// and checking the reading, and of its receipt, and their share of the 10 µs that a message may cost in all. Medians of 5.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "bridge/intake.h"
#include "common/contract/names.h"

namespace wayside::bridge {
namespace {

constexpr int kRuns = 5;
constexpr int kStations = 400;
constexpr std::size_t kBatch = 4000;
constexpr int kBatches = 50;
constexpr double kAimUs = 10;
constexpr UtcTime kNow{1'763'626'293'120};

/// Takes records and forgets them.
class NoSink : public RecordSink {
 public:
  void add(const Record& record) override { bytes += record.key.size(); }
  std::size_t bytes = 0;
};

std::vector<InboundMessage> messages() {
  std::vector<InboundMessage> out;
  out.reserve(kBatch);
  for (std::size_t n = 0; n < kBatch; ++n) {
    const std::string station = std::to_string(n % kStations);
    out.push_back({"wayside/v1/bench/" + station + "/bike_status",
                   R"({"station_id":")" + station + R"(","stream":"bike_status","epoch":"9f2c41d07a3be815","seq":)" +
                       std::to_string(n / kStations + 1) +
                       R"(,"observed_at":"2026-11-20T08:11:33.120Z","clock":"synced","values":{"num_bikes_available":12,)"
                       R"("num_docks_available":19,"is_installed":true,"is_renting":true,"is_returning":true}})"});
  }
  return out;
}

/// Microseconds per message of `batch` done many times, median of the runs.
double cost_us(const std::function<void()>& batch) {
  std::array<double, kRuns> runs{};
  for (double& run : runs) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kBatches; ++i) batch();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    run = took.count() / (kBatches * static_cast<double>(kBatch));
  }
  std::sort(runs.begin(), runs.end());
  return runs[kRuns / 2];
}

void show(const char* what, double us) {
  std::printf("  %-24s %5.2f µs  %4.0f %% of %.0f µs\n", what, us, us / kAimUs * 100, kAimUs);
}

}  // namespace

int run() {
  const std::vector<InboundMessage> inbound = messages();
  std::vector<ReadingTopic> topics;
  for (const InboundMessage& message : inbound) topics.push_back(std::get<ReadingTopic>(parse_topic(message.topic)));
  ReadingParser parser(/*keep_values=*/false);
  std::vector<ParsedReading> items;
  Batch batch;
  Intake intake(batch);
  NoSink sink;
  std::size_t receipt_bytes = 0;
  show("reading the topic", cost_us([&] {
         for (const InboundMessage& message : inbound) sink.bytes += parse_topic(message.topic).index();
       }));
  show("parsing and checking", cost_us([&] {
         for (std::size_t n = 0; n < kBatch; ++n) parser.parse(inbound[n].payload, &topics[n], items);
       }));
  show("receipt", cost_us([&] {
         batch.clear();
         for (std::size_t n = 0; n < kBatch; ++n) {
           batch.receipts.delivered("bench", "9f2c41d07a3be815", topics[n].station_id, n / kStations + 1);
         }
         for (const auto& receipt : batch.receipts.encode(std::nullopt, 500)) receipt_bytes += receipt.payload.size();
       }));
  show("all of the bridge's own", cost_us([&] {
         batch.clear();
         for (const InboundMessage& message : inbound) intake.take(message, kNow, sink);
         for (const auto& receipt : batch.receipts.encode(std::nullopt, 500)) receipt_bytes += receipt.payload.size();
       }));
  return sink.bytes > 0 && receipt_bytes > 0 ? 0 : 1;
}

}  // namespace wayside::bridge

int main() { return wayside::bridge::run(); }
