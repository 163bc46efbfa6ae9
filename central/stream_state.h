#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/reading_store.h"
#include "common/base/time.h"
#include "common/contract/reading.h"

namespace wayside::central {

/// One value of the present, as JSON text, and when it was observed.
struct StateField {
  std::string name;  ///< with its quotes
  std::string value;
  UtcTime observed_at;
};

/// The present of one (station, stream).
struct StreamState {
  Stream stream = Stream::kBikeStatus;
  std::optional<UtcTime> observed_at;  ///< newest good reading; nothing before the first
  UtcTime received_at;
  UtcTime stored_at;
  ClockQuality clock = ClockQuality::kSynced;
  std::vector<StateField> fields;
  std::optional<UtcTime> bad_clock_at;  ///< when a reading came in last whose time cannot be used

  /// Folds a reading in. The order is (observed_at, then Kafka offset); readings of one partition come in offset order,
  /// so an equal time replaces and an older one changes nothing (DESIGN 5.6). Weather devices send their values in parts:
  /// there the order holds per value, and values older than `silent_after_ms` before the newest reading drop out. Other
  /// streams replace all. Empty values are a heartbeat: the time moves, the values stay. Returns whether the present changed.
  bool apply(const Reading& reading, const Arrival& arrival, std::int64_t silent_after_ms);
  /// A reading came in whose time cannot be used (unknown clock, or too far ahead).
  void mark_bad_clock(UtcTime received);

  std::string values_json() const;
  /// One value as JSON text; empty when it is not there.
  std::string_view value(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;
};

/// The two texts in which the fields lie in the database, and back.
std::string encode_field_times(const StreamState& state);
void decode_fields(StreamState& state, std::string_view object, std::string_view times);

}  // namespace wayside::central
