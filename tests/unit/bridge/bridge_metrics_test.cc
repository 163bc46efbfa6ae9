// Proves that a batch is counted once and where /metrics shows it. By reading the text format.
#include "bridge/bridge_metrics.h"

#include <gtest/gtest.h>

namespace wayside::bridge {
namespace {

TEST(BridgeMetrics, counts_a_batch_by_stream_and_reason) {
  BridgeMetrics metrics;
  BatchCounts counts;
  counts.messages = 7;
  counts.bytes = 900;
  counts.numbered = 5;
  counts.readings[static_cast<std::size_t>(Stream::kWeather)] = 4;
  counts.dead_letters[static_cast<std::size_t>(Reason::kBadType)] = 2;
  metrics.count_batch(counts, 6, 1, 0.004);
  metrics.count_batch(counts, 6, 1, 0.004);
  const std::string text = metrics.text();
  for (const char* line :
       {"\nwayside_bridge_messages_received_total 14", "\nwayside_bridge_received_bytes_total 1800",
        "\nwayside_bridge_records_delivered_total 12", "\nwayside_bridge_receipts_sent_total 2",
        "\nwayside_bridge_readings_receipted_total 10", "\nwayside_bridge_readings_received_total{stream=\"weather\"} 8",
        "\nwayside_bridge_dead_letters_total{reason=\"bad_type\"} 4", "\nwayside_bridge_batches_total 2",
        "\nwayside_bridge_batch_seconds_bucket{le=\"0.005\"} 2"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(metrics.received_total(), 14U);
  EXPECT_EQ(metrics.dead_letters_total(), 4U);
  EXPECT_EQ(metrics.receipts_total(), 2U);
}

TEST(BridgeMetrics, shows_every_reason_and_stream_from_the_start) {
  const std::string text = BridgeMetrics().text();
  for (const Stream stream : kAllStreams)
    EXPECT_NE(text.find("{stream=\"" + std::string(to_text(stream)) + "\"} 0"), std::string::npos);
  EXPECT_NE(text.find("{reason=\"kafka_refused\"} 0"), std::string::npos);
}

}  // namespace
}  // namespace wayside::bridge
