#include "bridge/intake.h"

#include <utility>
#include <variant>

#include "common/base/log.h"
#include "common/contract/streams.h"

namespace wayside::bridge {
namespace {

constexpr std::size_t kLetterTopicBytesMax = 1024;
constexpr std::string_view kReceiptsLevel = "/receipts";

std::optional<Stream> stream_of_kafka_topic(std::string_view topic) {
  for (const Stream stream : kAllStreams) {
    if (kafka_topic(stream) == topic) return stream;
  }
  return std::nullopt;
}

/// `wayside/v1/<agent>/receipts`: what a bridge says, not what an agent says.
bool receipts_topic_of_agent(std::string_view topic) {
  topic.remove_prefix(std::min(topic.size(), kTopicRoot.size()));
  const std::size_t slash = topic.find('/');
  return slash != std::string_view::npos && topic.substr(slash) == kReceiptsLevel;
}

std::string why_bad_topic(std::string_view topic) {
  return "wayside/v1/<agent>/<station>/<stream> expected, with a known stream (got " +
         std::string(topic.substr(0, kLetterTopicBytesMax)) + ")";
}

}  // namespace

void Intake::take(const InboundMessage& message, UtcTime received_at, RecordSink& sink) {
  ++batch_.counts.messages;
  batch_.counts.bytes += message.payload.size();
  const TopicAddress address = parse_topic(message.topic);
  if (const auto* reading = std::get_if<ReadingTopic>(&address)) {
    take_items(message.payload, reading,
               {message.topic, reading->agent, reading->station_id, to_text(reading->stream), received_at, sink});
  } else if (const auto* info = std::get_if<InfoTopic>(&address)) {
    take_info(message.payload, {message.topic, info->agent, info->station_id, {}, received_at, sink});
  } else if (const auto* health = std::get_if<HealthTopic>(&address)) {
    take_health(message.payload, {message.topic, health->agent, {}, {}, received_at, sink});
  } else {
    take_unknown_topic(message, received_at, sink);
  }
}

/// Without a topic, every item is refused as bad_topic.
void Intake::take_items(std::string_view payload, const ReadingTopic* topic, const Source& source) {
  parser_.parse(payload, topic, items_);
  const std::size_t alone_max = topic == nullptr ? 0 : kNamelessLettersMax;
  std::size_t nameless = 0;
  Refusal together;
  for (const ParsedReading& item : items_) {
    if (topic != nullptr && !item.refusal) {
      deliver(item, *topic, source);
      continue;
    }
    const Refusal refusal = topic == nullptr ? Refusal{Reason::kBadTopic, why_bad_topic(source.topic)} : *item.refusal;
    if (item.reading.numbered() || ++nameless <= alone_max) {
      refuse(item, refusal, source);
    } else if (nameless == alone_max + 1) {
      together = refusal;
    }
  }
  nameless += parser_.nameless_left_out();
  if (nameless <= alone_max) return;
  if (topic != nullptr)
    together.detail += "; " + std::to_string(nameless - alone_max) + " items of this message, kept together";
  write_letter(together, source, Reading{}, payload);
}

void Intake::deliver(const ParsedReading& item, const ReadingTopic& topic, const Source& source) {
  ++batch_.counts.readings[static_cast<std::size_t>(topic.stream)];
  source.sink.add({kafka_topic(topic.stream), topic.station_id, item.bytes, topic.agent, source.stream, source.received_at});
  if (!item.reading.numbered()) return;
  ++batch_.counts.numbered;
  batch_.receipts.delivered(topic.agent, item.reading.epoch, topic.station_id, item.reading.seq);
}

void Intake::refuse(const ParsedReading& item, const Refusal& refusal, const Source& source) {
  write_letter(refusal, source, item.reading, item.bytes);
  // The receipt goes to the agent of the topic, which the broker has proved, under the station that its payload
  // numbered: so an honest agent finds it in its window, and a dishonest one can only tell itself something.
  const std::string_view station_id = item.reading.station_id.empty() ? source.station_id : item.reading.station_id;
  if (!item.reading.numbered() || source.agent.empty() || station_id.empty()) return;
  ++batch_.counts.numbered;
  batch_.receipts.refused(source.agent, item.reading.epoch, station_id, item.reading.seq);
}

void Intake::take_info(std::string_view payload, const Source& source) {
  ++batch_.counts.infos;
  if (payload.empty()) {
    source.sink.add({kTopicStationInformation, source.station_id, std::nullopt, source.agent, {}, source.received_at});
  } else if (const auto refusal = check_station_info(payload, source.station_id)) {
    write_letter(*refusal, source, Reading{}, payload);
  } else {
    source.sink.add({kTopicStationInformation, source.station_id, payload, source.agent, {}, source.received_at});
  }
}

void Intake::take_health(std::string_view payload, const Source& source) {
  ++batch_.counts.healths;
  if (payload.empty()) {  // somebody cleared the broker's retained copy: that says nothing about the agent
    ++batch_.counts.ignored;
  } else if (const auto refusal = check_agent_health(payload, source.agent)) {
    write_letter(*refusal, source, Reading{}, payload);
  } else {
    source.sink.add({kTopicAgentHealth, source.agent, payload, source.agent, {}, source.received_at});
    batch_.receipts.answer_health(source.agent);
  }
}

void Intake::take_unknown_topic(const InboundMessage& message, UtcTime received_at, RecordSink& sink) {
  const std::string_view topic = message.topic;
  if (receipts_topic_of_agent(topic)) {
    ++batch_.counts.ignored;
    return;
  }
  Source source{topic, {}, {}, {}, received_at, sink};
  const std::string_view levels = topic.substr(std::min(topic.size(), kTopicRoot.size()));
  const std::size_t first = levels.find('/');
  if (valid_agent_name(levels.substr(0, first))) source.agent = levels.substr(0, first);
  if (first != std::string_view::npos) {
    const std::string_view rest = levels.substr(first + 1);
    const std::string_view station_id = rest.substr(0, rest.find('/'));
    if (valid_station_id(station_id)) source.station_id = station_id;
  }
  take_items(message.payload, nullptr, source);
}

Status Intake::take_refused(const RefusedRecord& record, RecordSink& sink) {
  const std::string_view value = record.value ? std::string_view(*record.value) : std::string_view();
  if (record.topic == kTopicDeadLetter) {
    auto letter = parse_dead_letter(value);
    if (!letter || letter->payload.empty())
      return Error{"Kafka refused a dead letter: " + record.why, "check topic dead-letter"};
    letter->payload.clear();
    letter->detail += "; original bytes left out: " + record.why;
    write_letter(*letter, sink);
    return {};
  }
  const Refusal refusal{Reason::kKafkaRefused, record.topic + ": " + record.why};
  const auto stream = stream_of_kafka_topic(record.topic);
  if (!stream) {
    write_letter(refusal, {{}, record.agent, record.key, {}, record.time, sink}, Reading{}, value);
    return {};
  }
  const std::string topic = reading_topic(record.agent, record.key, *stream);
  parser_.parse(value, nullptr, items_);
  for (const ParsedReading& item : items_) {
    refuse(item, refusal, {topic, record.agent, record.key, record.stream, record.time, sink});
  }
  return {};
}

void Intake::write_letter(const Refusal& refusal, const Source& source, const Reading& identity, std::string_view payload) {
  DeadLetter letter;
  letter.reason = refusal.reason;
  letter.detail = refusal.detail;
  letter.topic = source.topic.substr(0, kLetterTopicBytesMax);
  letter.agent = source.agent;
  letter.station_id = identity.station_id.empty() ? std::string(source.station_id) : identity.station_id;
  letter.stream = source.stream;
  letter.epoch = identity.epoch;
  letter.seq = identity.seq;
  letter.received_at = source.received_at;
  letter.payload = mask_secrets(payload.substr(0, kLetterPayloadBytesMax));
  if (payload.size() > kLetterPayloadBytesMax) {
    letter.detail += "; cut to " + std::to_string(kLetterPayloadBytesMax) + " of " + std::to_string(payload.size()) + " bytes";
  }
  write_letter(letter, source.sink);
}

void Intake::write_letter(const DeadLetter& letter, RecordSink& sink) {
  ++batch_.counts.dead_letters[static_cast<std::size_t>(letter.reason)];
  log_limited(LogLevel::kWarn, "dead_letter", to_text(letter.reason),
              {{"reason", to_text(letter.reason)}, {"detail", letter.detail}, {"topic", letter.topic}});
  const std::string value = encode_dead_letter(letter);
  sink.add({kTopicDeadLetter, letter.station_id.empty() ? letter.agent : letter.station_id, value, letter.agent, letter.stream,
            letter.received_at});
}

}  // namespace wayside::bridge
