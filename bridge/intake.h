#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/batch.h"
#include "bridge/record.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "common/contract/message.h"
#include "common/contract/names.h"
#include "common/contract/reading.h"

namespace wayside::bridge {

struct InboundMessage {
  std::string topic;
  std::string payload;
};

/// Refused items of one message without a readable number that become a dead letter each; the rest shares one, so that
/// `[1,1,1,…]` of 256 KiB does not become 131,000 records.
inline constexpr std::size_t kNamelessLettersMax = 16;
static_assert(kNamelessLettersMax < kNamelessKeptMax, "the first one that shares a letter gives it its reason");
/// Original bytes kept in a dead letter; more is cut, and `detail` says so.
inline constexpr std::size_t kLetterPayloadBytesMax = kMessageBytesMax;

/// Turns MQTT messages into Kafka records, dead letters and what is owed to the agents (README, "Who gets what").
/// Knows no connection. Not thread-safe.
class Intake {
 public:
  explicit Intake(Batch& batch) : batch_(batch) {}

  /// One MQTT message. Everything that comes of it is in the sink and in the batch afterwards.
  void take(const InboundMessage& message, UtcTime received_at, RecordSink& sink);
  /// A record that Kafka refused for good although it was sent alone: a dead letter and, for a reading, a refused
  /// receipt. The error: even a dead letter without its payload was refused.
  Status take_refused(const RefusedRecord& record, RecordSink& sink);

 private:
  /// Where a message came from, as far as its topic tells. Empty: it does not.
  struct Source {
    std::string_view topic;
    std::string_view agent;
    std::string_view station_id;
    std::string_view stream;
    UtcTime received_at;
    RecordSink& sink;
  };

  void take_items(std::string_view payload, const ReadingTopic* topic, const Source& source);
  void take_info(std::string_view payload, const Source& source);
  void take_health(std::string_view payload, const Source& source);
  void take_unknown_topic(const InboundMessage& message, UtcTime received_at, RecordSink& sink);
  void deliver(const ParsedReading& item, const ReadingTopic& topic, const Source& source);
  void refuse(const ParsedReading& item, const Refusal& refusal, const Source& source);
  void write_letter(const Refusal& refusal, const Source& source, const Reading& identity, std::string_view payload);
  void write_letter(const DeadLetter& letter, RecordSink& sink);

  Batch& batch_;
  ReadingParser parser_{false};
  std::vector<ParsedReading> items_;
};

}  // namespace wayside::bridge
