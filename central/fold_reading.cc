// How the fold takes readings: repeats, the rules that need history or a clock, history, present and loss statements.
#include <algorithm>

#include "central/counter_rule.h"
#include "central/fold.h"
#include "central/loss_rules.h"
#include "common/base/log.h"
#include "common/base/mutant.h"
#include "common/contract/names.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kAheadMsMax = 5 * 60 * 1000;

/// The numbers a loss statement speaks of. One without ranges says only where the epoch ended.
SeqRange stated_seqs(const LossStatement& loss) {
  const std::uint64_t first = loss.ranges.empty() ? loss.last_seq + 1 : loss.ranges.front().first;
  return {first, std::max(first, loss.last_seq)};
}

}  // namespace

Status Fold::apply_reading(const Record& record) {
  const SourceTopic& topic = source_topics()[record.topic];
  const ReadingTopic address{record.agent, record.key, topic.stream};
  parser_.parse(record.value, &address, parsed_);
  if (parsed_.size() != 1) return refuse(record, {Reason::kBadType, "a record must be one reading"}, nullptr);
  const ParsedReading& item = parsed_.front();
  if (!valid_agent_name(record.agent)) return refuse(record, {Reason::kMissingField, "header agent is missing"}, nullptr);
  if (item.refusal) return refuse(record, *item.refusal, &item.reading);
  auto from = sender(item.reading.station_id, record.agent);
  if (!from) return std::move(from).error();
  if (from->refusal) return refuse(record, *from->refusal, nullptr);
  return item.reading.numbered() ? apply_numbered(record, item.reading, *from->station, from->agent)
                                 : apply_unnumbered(record, item.reading, *from->station, from->agent);
}

std::optional<Refusal> Fold::judge(const Record& record, const Reading& reading, const Station& station, AgentPk agent) const {
  if (station.owner != AgentPk{0} && station.owner != agent) {
    return Refusal{Reason::kNotOwner, "the station belongs to " + stations_.agent_name(station.owner)};
  }
  const std::int64_t received_ms = replaying_ == nullptr ? record.timestamp.ms : std::max(record.timestamp.ms, now_.ms);
  if (reading.observed_at.ms > received_ms + kAheadMsMax) {
    return Refusal{Reason::kFutureTime, "observed_at is over 5 minutes ahead of " + format_rfc3339(record.timestamp)};
  }
  const auto present = std::find_if(station.streams.begin(), station.streams.end(),
                                    [&](const StreamState& state) { return state.stream == reading.stream; });
  return present == station.streams.end() ? std::nullopt : judge_counters(reading, *present);
}

Status Fold::apply_numbered(const Record& record, const Reading& reading, Station& station, AgentPk agent) {
  auto found = account(record, station, agent, reading.epoch, {reading.seq, reading.seq});
  if (!found) return std::move(found).error();
  if (found->refusal) return refuse(record, *found->refusal, nullptr);
  Account& book = *found->account;
  if (book.received.contains(reading.seq)) return count_known(record, reading, station, book);
  auto refusal = judge(record, reading, station, agent);
  if (!refusal && reading.stream == Stream::kLoss) {
    keep_dirty(book);  // so that it stays in memory while the account of another epoch is looked for
    auto loss = check_loss(record, reading, station, agent);
    if (!loss) return std::move(loss).error();
    refusal = std::move(*loss);
  }
  if (refusal) {
    if (refusal->reason == Reason::kFutureTime && reading.stream != Stream::kLoss && replaying_ == nullptr) {
      station.stream_state(reading.stream).mark_bad_clock(record.timestamp);
      station.dirty_streams |= 1U << static_cast<unsigned>(reading.stream);
      touch(station);
    }
    return refuse(record, *refusal, &reading);
  }
  book.receive(reading.seq);
  if (reading.clock != ClockQuality::kUnknown) book.note_day(reading.observed_at.ms / kDayMs, reading.seq);
  keep_dirty(book);
  auto stored = readings_.insert(station.pk, book.pk, reading, arrival(record));
  if (!stored) return std::move(stored).error();
  if (*stored == Stored::kTooOld) ++counts_.too_old;
  ++counts_.readings[static_cast<std::size_t>(reading.stream)];
  if (station.owner == AgentPk{0}) {
    station.owner = agent;
    station.dirty = true;
  }
  if (reading.stream == Stream::kLoss) return apply_loss(reading, station, agent);
  show(record, reading, station);
  return {};
}

/// The number is known: the same reading again (a bridge died before its receipt), or another one under its number.
Status Fold::count_known(const Record& record, const Reading& reading, Station& station, Account& book) {
  auto stored = readings_.compare(station.pk, book.pk, reading, now_);
  if (!stored) return std::move(stored).error();
  if (mutant("repeats_not_recognised")) {
    Reading again = reading;
    again.seq += static_cast<std::uint64_t>(record.offset + 1) << 32U;
    auto doubled = readings_.insert(station.pk, book.pk, again, arrival(record));
    return doubled.ok() ? Status() : Status(std::move(doubled).error());
  }
  if (*stored == Stored::kOther) {
    return refuse(record, {Reason::kSeqReused, "seq " + std::to_string(reading.seq) + " is known with other content"},
                  &reading);
  }
  if (replaying_ != nullptr) return {};  // it has come another way meanwhile
  ++book.repeated;
  ++counts_.repeated;
  keep_dirty(book);
  return {};
}

Result<std::optional<Refusal>> Fold::check_loss(const Record& record, const Reading& reading, Station& station, AgentPk agent) {
  const auto loss = parse_loss(reading.values);
  if (!loss) return std::optional<Refusal>();
  auto word = health_.word(agent, loss->epoch);
  if (!word) return std::move(word).error();
  if (auto refusal = check_loss_statement(*loss, reading, record.timestamp, *word)) return std::optional(std::move(*refusal));
  auto found = account(record, station, agent, loss->epoch, stated_seqs(*loss));
  if (!found) return std::move(found).error();
  return std::move(found->refusal);
}

Status Fold::apply_unnumbered(const Record& record, const Reading& reading, Station& station, AgentPk agent) {
  if (auto refusal = judge(record, reading, station, agent)) return refuse(record, *refusal, &reading);
  auto stored = readings_.insert_unnumbered(station.pk, reading, arrival(record));
  if (!stored) return std::move(stored).error();
  if (station.owner == AgentPk{0}) station.owner = agent;
  station.dirty = true;
  touch(station);
  if (*stored == Stored::kSame) {
    if (replaying_ != nullptr) return {};
    ++station.unnumbered_repeated;
    ++counts_.repeated;
    return {};
  }
  if (*stored == Stored::kTooOld) ++counts_.too_old;
  ++station.unnumbered;
  ++counts_.unnumbered;
  ++counts_.readings[static_cast<std::size_t>(reading.stream)];
  if (reading.stream != Stream::kLoss) show(record, reading, station);
  return {};
}

/// What the agent's limits forced out of an epoch, which may be an older one than its own.
Status Fold::apply_loss(const Reading& reading, Station& station, AgentPk agent) {
  if (station.dirty) touch(station);
  const auto loss = parse_loss(reading.values);
  if (!loss) return {};  // empty values: a heartbeat
  auto found = known_account(station, agent, loss->epoch);
  if (!found) return std::move(found).error();
  WAYSIDE_CHECK(*found != nullptr);  // check_loss has made it
  for (const SeqRange& range : loss->ranges) (*found)->drop(range);
  (*found)->state_last(loss->last_seq);
  keep_dirty(**found);
  return {};
}

/// The present follows, unless the reading is for history only.
void Fold::show(const Record& record, const Reading& reading, Station& station) {
  StreamState& state = station.stream_state(reading.stream);
  if (reading.clock == ClockQuality::kUnknown) {
    state.mark_bad_clock(record.timestamp);
  } else if (!state.apply(reading, arrival(record), silent_after_ms(station, reading.stream))) {
    ++counts_.late;
    if (!station.dirty) return;
  }
  station.dirty_streams |= 1U << static_cast<unsigned>(reading.stream);
  touch(station);
}

/// Into quarantine, and into the account where the reading has a number, so that the ledger stays complete.
Status Fold::refuse(const Record& record, const Refusal& refusal, const Reading* reading) {
  if (replaying_ != nullptr) {
    *replaying_ = refusal;
    return {};
  }
  ++counts_.refused[static_cast<std::size_t>(refusal.reason)];
  QuarantineItem item;
  item.source = "central";
  item.reason = refusal.reason;
  item.detail = refusal.detail;
  item.topic = source_topics()[record.topic].name;
  item.agent = record.agent;
  item.station_id = record.key;
  if (source_topics()[record.topic].kind == TopicKind::kReading) item.stream = to_text(source_topics()[record.topic].stream);
  item.payload = record.value;
  item.at = record.timestamp;
  item.kafka_partition = record.partition;
  item.kafka_offset = record.offset;
  if (reading != nullptr && reading->numbered()) {
    item.epoch = reading->epoch;
    item.seq = reading->seq;
  }
  auto added = quarantine_.add(item);
  if (!added) return std::move(added).error();
  log_limited(
      LogLevel::kWarn, "quarantined", to_text(item.reason),
      {{"reason", to_text(item.reason)}, {"detail", item.detail}, {"agent", item.agent}, {"station_id", item.station_id}});
  if (item.seq == 0 || !valid_agent_name(record.agent) || !valid_station_id(record.key)) return {};
  const bool timed =
      reading->clock != ClockQuality::kUnknown && reading->observed_at.ms > 0 && reading->observed_at.ms <= record.timestamp.ms;
  return count_refused(record, {record.key, record.agent, item.epoch, item.seq,
                                timed ? std::optional(reading->observed_at) : std::nullopt, !*added});
}

/// In the account of the agent that sent it: a stranger's is another one than the owner's, and stays out of the
/// station's sums (account_query.h).
Status Fold::count_refused(const Record& record, const RefusedSeq& item) {
  auto from = sender(item.station_id, item.agent);
  if (!from) return std::move(from).error();
  if (from->refusal) return {};
  auto found = account(record, *from->station, from->agent, item.epoch, {item.seq, item.seq});
  if (!found) return std::move(found).error();
  if (found->refusal) return {};  // no number of this agent: it stands in the list of refused items only
  Account& book = *found->account;
  if (book.refused.contains(item.seq) || (item.known && book.received.contains(item.seq))) {
    ++book.repeated;
    ++counts_.repeated;
  } else {
    // Without a usable time of its own it belongs to the day it came, when it is the newest: a backlog's days are past.
    if (item.observed_at) book.note_day(item.observed_at->ms / kDayMs, item.seq);
    if (!item.observed_at && item.seq > book.last_seq()) book.note_day(record.timestamp.ms / kDayMs, item.seq);
    book.refuse(item.seq);
  }
  keep_dirty(book);
  return {};
}

}  // namespace wayside::central
