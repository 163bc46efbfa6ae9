#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace wayside::bridge {

/// A Kafka record to be written. The views need to live for the call only.
struct Record {
  std::string_view topic;
  std::string_view key;
  std::optional<std::string_view> value;  ///< nothing: a tombstone
  std::string_view agent;                 ///< header `agent`; left out when empty
  std::string_view stream;                ///< header `stream`; left out when empty
  UtcTime time;                           ///< when the bridge received it
};

/// Seam: where the records of a batch go. Whether Kafka took them is asked for the batch as a whole.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void add(const Record& record) = 0;
};

/// A record that Kafka refused for good: copied, because it is needed after the batch has gone.
struct RefusedRecord {
  std::string topic;
  std::string key;
  std::optional<std::string> value;
  std::string agent;
  std::string stream;
  UtcTime time;
  std::string why;

  Record record() const {
    return {topic, key, value ? std::optional<std::string_view>(*value) : std::nullopt, agent, stream, time};
  }
};

}  // namespace wayside::bridge
