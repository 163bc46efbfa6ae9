#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "common/contract/reading.h"
#include "common/contract/reason.h"

namespace wayside {

/// An agent's account of one epoch over all its stations; parts add up: accepted = receipted + refused + dropped + waiting.
struct EpochAccount {
  std::string epoch;
  std::uint64_t accepted = 0;
  std::uint64_t receipted = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;
  std::uint64_t waiting = 0;
};

struct DriverHealth {
  std::string source;
  std::string driver;
  std::string state;  ///< starting, ok, fault
  std::string last_error;
  std::uint64_t readings_total = 0;
  std::uint64_t refused_total = 0;
  std::uint64_t dropped_values_total = 0;
  std::uint64_t device_clock_faults_total = 0;
  std::map<std::string, std::uint64_t> counts;  ///< what else it counts, by name
};

/// The retained word of an agent about itself (topic `…/health`).
struct AgentHealth {
  std::string agent;
  std::string status;  ///< online, offline
  std::string version;
  UtcTime at;
  UtcTime started_at;
  std::string clock;  ///< synced, trust, dated, unknown
  std::uint64_t outbox_readings = 0;
  std::uint64_t outbox_bytes = 0;
  std::uint64_t outbox_bytes_max = 0;
  std::optional<double> outbox_hours_left;  ///< at the present rate; nothing when nothing comes in
  std::string outbox_fault;                 ///< why nothing can be taken, empty: it can
  std::vector<DriverHealth> drivers;
  std::vector<EpochAccount> epochs;
  std::uint64_t unpublishable_total = 0;  ///< messages that the broker never takes, since the start
  std::string unpublishable_last = {};    ///< topic and size of the last one
};
std::string encode_agent_health(const AgentHealth& health);

/// Checks the JSON of an info message: known fields of the right type and in range, ids agree. (An empty payload, which
/// retires the station, is no info message.)
std::optional<Refusal> check_station_info(std::string_view json, std::string_view station_id);
/// Checks the JSON of a health message: known fields of the right type and in range, `agent` (when there) agrees.
std::optional<Refusal> check_agent_health(std::string_view json, std::string_view agent);

/// A refused item as it lies in `dead-letter` (FORMAT.md).
struct DeadLetter {
  Reason reason = Reason::kBadJson;
  std::string detail;
  std::string topic;
  std::string agent;  ///< empty when unreadable, as the next three
  std::string station_id;
  std::string stream;
  std::string epoch;
  std::uint64_t seq = 0;  ///< 0 when unreadable
  UtcTime received_at;
  std::string payload;  ///< the original bytes, secrets masked
};
/// Carries at most the first kMessageBytesMax bytes of the payload, so that Kafka always takes the record; invalid UTF-8
/// in the other fields is replaced.
std::string encode_dead_letter(const DeadLetter& letter);
std::optional<DeadLetter> parse_dead_letter(std::string_view json);

/// Replaces by `***` the values behind names that end in password, passkey, token, secret, authorization, cookie and the
/// like (any case), in a form, JSON, header or query text. Works on any bytes; rather masks too much than too little.
std::string mask_secrets(std::string_view text);

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace wayside
