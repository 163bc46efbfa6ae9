#include "common/contract/message_fields.h"

#include <array>

namespace wayside {
namespace {

constexpr double kCountMax = 9'007'199'254'740'991.0;  // 2^53 - 1
constexpr double kFreeText = static_cast<double>(kMessageBytesMax);

constexpr auto kInteger = FieldType::kInteger;
constexpr auto kNumber = FieldType::kNumber;
constexpr auto kText = FieldType::kText;
constexpr auto kTime = FieldType::kTime;
constexpr auto kRanges = FieldType::kRanges;
constexpr auto kObject = FieldType::kObject;
constexpr auto kOptional = Need::kOptional;
constexpr auto kNullable = Need::kNullable;
constexpr auto kRequired = Need::kRequired;

constexpr std::string_view kStationPattern = "^([A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+$";
constexpr std::string_view kAgentPattern = "^[A-Za-z0-9._-]+$";
constexpr std::string_view kEpochPattern = "^[A-Za-z0-9_-]+$";

constexpr std::array<std::string_view, 5> kStreams{"bike_status", "weather", "arrival", "turnstile", "loss"};
constexpr std::array<std::string_view, 4> kClocks{"synced", "trust", "dated", "unknown"};
constexpr std::array<std::string_view, 3> kKinds{"bike", "rail", "weather"};
constexpr std::array<std::string_view, 2> kStatus{"online", "offline"};
constexpr std::array<std::string_view, 3> kDriverStates{"starting", "ok", "fault"};
constexpr std::array<std::string_view, kReasonCount> kReasons{
    "bad_topic",      "bad_json",      "bad_type",    "missing_field", "out_of_range", "bad_time",    "too_large",
    "topic_mismatch", "kafka_refused", "future_time", "not_owner",     "seq_reused",   "counter_jump"};

constexpr MessageField kReadingFields[] = {
    {"station_id", kText, kRequired, 1, 64, "", "the station, as in the topic", {}, kStationPattern},
    {"stream", kText, kRequired, 1, 32, "", "the stream, as in the topic", kStreams, ""},
    {"epoch", kText, kOptional, 1, 32, "", "life of the agent's numbering; with seq or not at all", {}, kEpochPattern},
    {"seq", kInteger, kOptional, 1, kCountMax, "1", "1, 2, 3 … per (station, epoch)", {}, ""},
    {"observed_at", kTime, kRequired, 0, 0, "UTC", "when it was observed at the source, never when polled or sent", {}, ""},
    {"clock", kText, kOptional, 1, 32, "", "how far observed_at can be trusted; absent: synced", kClocks, ""},
    {"values", kObject, kRequired, 0, 0, "", "the measured fields; empty: nothing new, still alive", {}, ""},
};

constexpr MessageField kInfoFields[] = {
    {"station_id", kText, kOptional, 1, 64, "", "as in the topic", {}, kStationPattern},
    {"kind", kText, kRequired, 1, 32, "", "what the station is", kKinds, ""},
    {"name", kText, kOptional, 0, kFreeText, "", "name for people", {}, ""},
    {"lat", kNumber, kOptional, -90, 90, "°", "latitude, WGS 84; without it the station is on no map", {}, ""},
    {"lon", kNumber, kOptional, -180, 180, "°", "longitude, WGS 84", {}, ""},
    {"capacity", kNumber, kNullable, 0, 100'000, "1", "docks in all, of bike stations", {}, ""},
    {"lines[]", kText, kOptional, 0, 64, "", "lines that stop there, of rail stations", {}, ""},
    {"stop_sequence.*",
     kInteger,
     kOptional,
     0,
     100'000,
     "1",
     "by line: place of the station along it, of rail stations",
     {},
     ""},
    {"address", kText, kOptional, 0, kFreeText, "", "street address", {}, ""},
    {"streams.*.report_interval_s",
     kNumber,
     kOptional,
     0.001,
     31'536'000,
     "s",
     "a reading is due this often; states by age come from it",
     {},
     ""},
};

constexpr MessageField kAgentHealthFields[] = {
    {"agent", kText, kOptional, 1, 64, "", "as in the topic", {}, kAgentPattern},
    {"status", kText, kRequired, 1, 32, "", "offline is the last will, or a clean stop", kStatus, ""},
    {"at", kTime, kOptional, 0, 0, "UTC", "when this was written", {}, ""},
    {"version", kText, kOptional, 0, 64, "", "of the program", {}, ""},
    {"started_at", kTime, kOptional, 0, 0, "UTC", "when the program started", {}, ""},
    {"clock", kText, kOptional, 1, 32, "", "what the agent knows about the time", kClocks, ""},
    {"drivers[].source", kText, kRequired, 0, kFreeText, "", "name of the source in the settings", {}, ""},
    {"drivers[].driver", kText, kRequired, 0, 64, "", "gbfs, http_push, serial_lines …", {}, ""},
    {"drivers[].state", kText, kRequired, 1, 32, "", "fault: see last_error", kDriverStates, ""},
    {"drivers[].last_error", kText, kOptional, 0, kFreeText, "", "empty: none since the start", {}, ""},
    {"drivers[].readings_total", kInteger, kOptional, 0, kCountMax, "1", "readings accepted since the start", {}, ""},
    {"drivers[].refused_total", kInteger, kOptional, 0, kCountMax, "1", "frames or items refused since the start", {}, ""},
    {"drivers[].dropped_values_total", kInteger, kOptional, 0, kCountMax, "1", "values left out of readings", {}, ""},
    {"drivers[].device_clock_faults_total", kInteger, kOptional, 0, kCountMax, "1", "devices' times of no use", {}, ""},
    {"drivers[].counts.*", kInteger, kOptional, 0, kCountMax, "1", "what else it counts since the start, by name", {}, ""},
    {"outbox.readings", kInteger, kOptional, 0, kCountMax, "1", "stored readings", {}, ""},
    {"outbox.bytes", kInteger, kOptional, 0, kCountMax, "B", "their size", {}, ""},
    {"outbox.bytes_max", kInteger, kOptional, 0, kCountMax, "B", "the limit; above it the oldest become a loss", {}, ""},
    {"outbox.hours_left",
     kNumber,
     kNullable,
     0,
     1e9,
     "h",
     "until the limit at the present rate; null: nothing comes in",
     {},
     ""},
    {"outbox.fault", kText, kOptional, 0, kFreeText, "", "why no reading can be taken; empty: they can", {}, ""},
    {"unpublishable.total", kInteger, kOptional, 0, kCountMax, "1", "messages over the broker's size, since the start", {}, ""},
    {"unpublishable.last", kText, kOptional, 0, kFreeText, "", "topic and size of the last one; empty: none", {}, ""},
    {"epochs[].epoch", kText, kRequired, 1, 32, "", "an epoch with something left to say", {}, kEpochPattern},
    {"epochs[].accepted", kInteger, kRequired, 0, kCountMax, "1", "readings committed to the outbox", {}, ""},
    {"epochs[].receipted", kInteger, kRequired, 0, kCountMax, "1", "of these, in Kafka by receipt", {}, ""},
    {"epochs[].refused", kInteger, kRequired, 0, kCountMax, "1", "of these, in dead-letter by receipt", {}, ""},
    {"epochs[].dropped", kInteger, kRequired, 0, kCountMax, "1", "of these, named in stream loss", {}, ""},
    {"epochs[].waiting", kInteger, kRequired, 0, kCountMax, "1", "of these, still in the outbox", {}, ""},
};

constexpr MessageField kBridgeHealthFields[] = {
    {"bridge", kText, kRequired, 1, 64, "", "client id of the bridge", {}, ""},
    {"status", kText, kRequired, 1, 32, "", "offline is a clean stop", kStatus, ""},
    {"at", kTime, kOptional, 0, 0, "UTC", "when this was written", {}, ""},
    {"version", kText, kOptional, 0, 64, "", "of the program", {}, ""},
    {"received_total", kInteger, kOptional, 0, kCountMax, "1", "MQTT messages since the start", {}, ""},
    {"delivered_total", kInteger, kOptional, 0, kCountMax, "1", "records that Kafka has committed", {}, ""},
    {"dead_letter_total", kInteger, kOptional, 0, kCountMax, "1", "of these, dead letters", {}, ""},
    {"receipts_total", kInteger, kOptional, 0, kCountMax, "1", "receipts sent", {}, ""},
    {"in_flight", kInteger, kOptional, 0, kCountMax, "1", "records given to Kafka and not yet committed", {}, ""},
    {"warnings[]", kText, kOptional, 0, kFreeText, "", "what weakens the guarantee, such as one replica without flush", {}, ""},
};

constexpr MessageField kReceiptFields[] = {
    {"epoch", kText, kOptional, 1, 32, "", "whose numbers these are; required with stations or refused", {}, kEpochPattern},
    {"stations.*", kRanges, kOptional, 0, 0, "", "by station id: committed to Kafka", {}, kStationPattern},
    {"refused.*", kRanges, kOptional, 0, 0, "", "by station id: committed to dead-letter", {}, kStationPattern},
    {"backlog_per_s", kInteger, kOptional, 1, 1'000'000, "1/s", "how fast the agent may send its backlog", {}, ""},
    {"now", kTime, kOptional, 0, 0, "UTC", "the bridge's time; answers each health message", {}, ""},
};

constexpr MessageField kDeadLetterFields[] = {
    {"reason", kText, kRequired, 1, 32, "", "why it was refused", kReasons, ""},
    {"detail", kText, kOptional, 0, kFreeText, "", "for a person: which field, what was wrong", {}, ""},
    {"topic", kText, kOptional, 0, kFreeText, "", "MQTT topic it came on", {}, ""},
    {"agent", kText, kOptional, 0, kFreeText, "", "where readable, as the next four", {}, ""},
    {"station_id", kText, kOptional, 0, kFreeText, "", "station", {}, ""},
    {"stream", kText, kOptional, 0, kFreeText, "", "stream", {}, ""},
    {"epoch", kText, kOptional, 0, kFreeText, "", "epoch", {}, ""},
    {"seq", kInteger, kOptional, 1, kCountMax, "1", "seq", {}, ""},
    {"received_at", kTime, kRequired, 0, 0, "UTC", "when the bridge received it", {}, ""},
    {"payload_base64",
     kText,
     kRequired,
     0,
     4 * kFreeText,
     "",
     "the original bytes, secrets masked, at most the first 262144",
     {},
     "^[A-Za-z0-9+/]*={0,2}$"},
    {"payload_bytes", kInteger, kOptional, 0, kCountMax, "B", "size before cutting; only when it was cut", {}, ""},
};

}  // namespace

std::string_view to_text(MessageKind kind) {
  switch (kind) {
    case MessageKind::kReading: return "reading";
    case MessageKind::kStationInformation: return "station-information";
    case MessageKind::kAgentHealth: return "agent-health";
    case MessageKind::kBridgeHealth: return "bridge-health";
    case MessageKind::kReceipt: return "receipt";
    case MessageKind::kDeadLetter: return "dead-letter";
  }
  return "";
}

std::span<const MessageField> message_fields(MessageKind kind) {
  switch (kind) {
    case MessageKind::kReading: return kReadingFields;
    case MessageKind::kStationInformation: return kInfoFields;
    case MessageKind::kAgentHealth: return kAgentHealthFields;
    case MessageKind::kBridgeHealth: return kBridgeHealthFields;
    case MessageKind::kReceipt: return kReceiptFields;
    case MessageKind::kDeadLetter: return kDeadLetterFields;
  }
  return {};
}

}  // namespace wayside
