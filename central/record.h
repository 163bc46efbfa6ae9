#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "common/contract/streams.h"

namespace wayside::central {

enum class TopicKind : std::uint8_t { kReading, kInformation, kHealth, kDeadLetter };

/// A Kafka topic that central reads.
struct SourceTopic {
  std::string_view name;
  TopicKind kind;
  Stream stream = Stream::kBikeStatus;  ///< of kReading
};
/// All of them, in a fixed order; records name their topic by its place here. Information stands before readings.
const std::vector<SourceTopic>& source_topics();

/// One Kafka record; the views live as long as its batch.
struct Record {
  std::size_t topic = 0;  ///< index into source_topics()
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  UtcTime timestamp;  ///< the bridge's receive time
  std::string_view key;
  std::string_view value;
  bool tombstone = false;  ///< no value at all
  std::string_view agent;  ///< header `agent`, empty when there is none
};

/// Records in the order in which they are to be folded, and what keeps their bytes alive.
struct RecordBatch {
  std::vector<Record> records;
  std::vector<std::string> headers;  ///< of each record, as bronze keeps them (bronze_format.h); none where nothing is kept
  std::vector<std::shared_ptr<void>> owners;

  void clear() {
    records.clear();
    headers.clear();
    owners.clear();
  }
};

/// A number by which a record is known again: a hash of its time, key and value.
std::int64_t mark_of(const Record& record);

struct PartitionId {
  std::size_t topic = 0;
  std::int32_t partition = 0;
  friend auto operator<=>(const PartitionId&, const PartitionId&) = default;
};

}  // namespace wayside::central
