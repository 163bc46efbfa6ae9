#pragma once

#include <array>
#include <cstdint>

#include "bridge/receipt_merger.h"
#include "common/contract/reason.h"
#include "common/contract/streams.h"

namespace wayside::bridge {

struct BatchCounts {
  std::uint64_t messages = 0;  ///< MQTT messages
  std::uint64_t bytes = 0;     ///< their payloads
  std::uint64_t ignored = 0;   ///< receipts, and cleared health
  std::uint64_t infos = 0;
  std::uint64_t healths = 0;
  std::uint64_t numbered = 0;                                ///< readings that get a receipt, delivered or refused
  std::array<std::uint64_t, kAllStreams.size()> readings{};  ///< by stream; good ones
  std::array<std::uint64_t, kReasonCount> dead_letters{};    ///< by reason
};

/// What was read since the last acknowledgement, and what is owed for it once Kafka has all of it.
struct Batch {
  BatchCounts counts;
  ReceiptMerger receipts;

  bool empty() const { return counts.messages == 0; }
  void clear() {
    counts = BatchCounts{};
    receipts.clear();
  }
};

}  // namespace wayside::bridge
