#include "common/contract/reading.h"

#include <simdjson.h>

#include <cmath>
#include <deque>

#include "common/base/result.h"
#include "common/contract/broken_message.h"
#include "common/contract/message_fields.h"

namespace wayside {
namespace {

namespace dom = simdjson::dom;

Refusal refuse(Reason reason, std::string detail) { return Refusal{reason, std::move(detail)}; }

/// The number in `element`, or NaN when it is none.
double number_of(dom::element element) {
  double value = 0;
  return element.get(value) == simdjson::SUCCESS ? value : std::nan("");
}

std::optional<Refusal> check_text(const ValueField& field, dom::element element) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return refuse(Reason::kBadType, std::string(field.name) + " must be a text");
  const std::size_t size = count_characters(text);
  if (size < static_cast<std::size_t>(field.min) || size > static_cast<std::size_t>(field.max)) {
    return refuse(Reason::kOutOfRange, std::string(field.name) + " has a bad length");
  }
  if (field.choices.empty()) return std::nullopt;
  for (const std::string_view choice : field.choices) {
    if (choice == text) return std::nullopt;
  }
  return refuse(Reason::kOutOfRange, std::string(field.name) + " is none of the known words");
}

std::optional<Refusal> check_number(const ValueField& field, dom::element element) {
  const double value = number_of(element);
  if (std::isnan(value)) return refuse(Reason::kBadType, std::string(field.name) + " must be a number");
  if (field.type == ValueType::kInteger && value != std::floor(value)) {
    return refuse(Reason::kBadType, std::string(field.name) + " must be a whole number");
  }
  if (value < field.min || value > field.max) {
    return refuse(Reason::kOutOfRange, std::string(field.name) + " is out of range");
  }
  return std::nullopt;
}

std::optional<Refusal> check_field(const ValueField& field, dom::element element) {
  switch (field.type) {
    case ValueType::kText: return check_text(field, element);
    case ValueType::kBoolean:
      if (element.is_bool()) return std::nullopt;
      return refuse(Reason::kBadType, std::string(field.name) + " must be true or false");
    case ValueType::kInteger:
    case ValueType::kNumber: return check_number(field, element);
  }
  return std::nullopt;
}

bool whole_number(dom::element element, std::uint64_t& value) {
  return element.get(value) == simdjson::SUCCESS && value <= kSeqMax;
}

/// `[[first, last], …]`
std::optional<std::vector<SeqRange>> ranges_of(dom::element element) {
  dom::array list;
  if (element.get(list) != simdjson::SUCCESS) return std::nullopt;
  std::vector<SeqRange> ranges;
  for (const dom::element item : list) {
    dom::array pair;
    SeqRange range;
    if (item.get(pair) != simdjson::SUCCESS || pair.size() != 2 || !whole_number(pair.at(0), range.first) ||
        !whole_number(pair.at(1), range.last) || range.first == 0 || range.first > range.last) {
      return std::nullopt;
    }
    ranges.push_back(range);
  }
  return ranges;
}

/// What only loss statements must have; the plain fields are in their table.
std::optional<Refusal> check_loss(dom::object values) {
  if (values.size() == 0) return std::nullopt;
  for (const std::string_view name : {"epoch", "reason", "last_seq", "ranges"}) {
    if (values.at_key(name).error() != simdjson::SUCCESS) {
      return refuse(Reason::kMissingField, "values." + std::string(name) + " is missing");
    }
  }
  if (!valid_epoch(values.at_key("epoch").get_string().value())) {
    return refuse(Reason::kOutOfRange, "values.epoch must be 1 to 32 characters of [A-Za-z0-9_-]");
  }
  if (!ranges_of(values.at_key("ranges").value())) {
    return refuse(Reason::kBadType, "ranges must be pairs of whole numbers from 1, first not above last");
  }
  return std::nullopt;
}

std::optional<Refusal> check_values(Stream stream, dom::object values) {
  const auto fields = value_fields(stream);
  std::uint64_t seen = 0;
  for (const dom::key_value_pair member : values) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name != member.key) continue;
      if ((seen >> i & 1) != 0) return refuse(Reason::kBadJson, std::string(member.key) + " stands twice");
      seen |= std::uint64_t{1} << i;
      if (auto refusal = check_field(fields[i], member.value)) return refusal;
      break;
    }
  }
  return stream == Stream::kLoss ? check_loss(values) : std::nullopt;
}

/// The top-level members of a reading, found in one pass.
struct Members {
  std::optional<dom::element> station_id, stream, epoch, seq, observed_at, clock, values;
  bool repeated = false;  ///< one of them stands twice: readers disagree on which counts, so neither may

  explicit Members(dom::object object) {
    for (const dom::key_value_pair member : object) {
      auto* place = find(member.key);
      if (place == nullptr) continue;
      repeated = repeated || place->has_value();
      if (!place->has_value()) *place = member.value;
    }
  }

 private:
  std::optional<dom::element>* find(std::string_view key) {
    if (key == "station_id") return &station_id;
    if (key == "stream") return &stream;
    if (key == "epoch") return &epoch;
    if (key == "seq") return &seq;
    if (key == "observed_at") return &observed_at;
    if (key == "clock") return &clock;
    if (key == "values") return &values;
    return nullptr;
  }
};

std::optional<Refusal> read_text(const std::optional<dom::element>& member, const char* name, std::string_view& text) {
  if (!member) return refuse(Reason::kMissingField, std::string(name) + " is missing");
  if (member->get(text) == simdjson::SUCCESS) return std::nullopt;
  return refuse(Reason::kBadType, std::string(name) + " must be a text");
}

/// Reads station, epoch and seq first, so that even a refused reading can get its receipt.
std::optional<Refusal> read_identity(const Members& members, Reading& reading) {
  std::string_view text;
  std::optional<Refusal> first;
  const auto keep_first = [&first](std::optional<Refusal> refusal) {
    const bool good = !refusal.has_value();
    if (!good && !first) first = std::move(refusal);
    return good;
  };
  if (keep_first(read_text(members.station_id, "station_id", text))) {
    if (valid_station_id(text)) {
      reading.station_id = text;
    } else {
      keep_first(refuse(Reason::kOutOfRange, "station_id has other characters than [A-Za-z0-9._:-] or a bad length"));
    }
  }
  if (!members.epoch && !members.seq) return first;  // unnumbered
  if (keep_first(read_text(members.epoch, "epoch", text))) {
    if (valid_epoch(text)) {
      reading.epoch = text;
    } else {
      keep_first(refuse(Reason::kOutOfRange, "epoch must be 1 to 32 characters of [A-Za-z0-9_-]"));
    }
  }
  if (!members.seq) {
    keep_first(refuse(Reason::kMissingField, "seq is missing beside epoch"));
  } else if (const double seq = number_of(*members.seq); std::isnan(seq) || seq != std::floor(seq)) {
    keep_first(refuse(Reason::kBadType, "seq must be a whole number"));
  } else if (seq < 1 || seq > static_cast<double>(kSeqMax)) {
    keep_first(refuse(Reason::kOutOfRange, "seq must be from 1 to 2^53 - 1"));
  } else {
    reading.seq = static_cast<std::uint64_t>(seq);
  }
  // Half a number is none.
  if (first && (reading.epoch.empty() || reading.seq == 0)) {
    reading.epoch.clear();
    reading.seq = 0;
  }
  return first;
}

std::optional<Refusal> read_content(const Members& members, bool keep_values, Reading& reading) {
  std::string_view text;
  if (auto refusal = read_text(members.stream, "stream", text)) return refusal;
  const auto stream = parse_stream(text);
  if (!stream) return refuse(Reason::kOutOfRange, "stream is none of the known streams");
  reading.stream = *stream;
  if (auto refusal = read_text(members.observed_at, "observed_at", text)) return refusal;
  const auto time = parse_rfc3339(text);
  if (!time) return refuse(Reason::kBadTime, "observed_at is not a time like 2026-11-20T08:11:33.120Z");
  reading.observed_at = *time;
  if (members.clock) {
    if (auto refusal = read_text(members.clock, "clock", text)) return refusal;
    const auto clock = parse_clock_quality(text);
    if (!clock) return refuse(Reason::kOutOfRange, "clock is none of synced, trust, dated, unknown");
    reading.clock = *clock;
  }
  dom::object values;
  if (!members.values) return refuse(Reason::kMissingField, "values is missing");
  if (members.values->get(values) != simdjson::SUCCESS) return refuse(Reason::kBadType, "values must be an object");
  if (auto refusal = check_values(*stream, values)) return refusal;
  if (keep_values) reading.values = simdjson::minify(*members.values);
  return std::nullopt;
}

std::optional<Refusal> check_topic(const ReadingTopic& topic, const Reading& reading) {
  if (reading.station_id != topic.station_id) return refuse(Reason::kTopicMismatch, "station_id differs from the topic's");
  if (reading.stream != topic.stream) return refuse(Reason::kTopicMismatch, "stream differs from the topic's");
  return std::nullopt;
}

}  // namespace

struct ReadingParser::Impl {
  dom::parser parser;
  std::deque<std::string> items;  // the minified bytes of array items
  bool keep_values = true;
  std::size_t nameless = 0;           // refused items without a number in this message
  std::size_t nameless_left_out = 0;  // of these, not given out

  ParsedReading parse_item(dom::element element, const ReadingTopic* topic) {
    ParsedReading item;
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) {
      item.refusal = refuse(Reason::kBadType, "a reading must be an object");
      return item;
    }
    const Members members(object);
    if (members.repeated) {
      item.refusal = refuse(Reason::kBadJson, "a field of the reading stands twice");
      return item;
    }
    item.refusal = read_identity(members, item.reading);
    if (!item.refusal) item.refusal = read_content(members, keep_values, item.reading);
    if (!item.refusal && topic != nullptr) item.refusal = check_topic(*topic, item.reading);
    return item;
  }

  static void check_size(ParsedReading& item) {
    if (item.bytes.size() > kReadingBytesMax && (!item.refusal || item.refusal->reason != Reason::kTooLarge)) {
      item.refusal = refuse(Reason::kTooLarge, "a reading may have 16384 bytes");
    }
  }

  /// True when `item` may go out: of refused items without a number only the first ones may.
  bool keep(const ParsedReading& item) {
    if (!item.refusal || item.reading.numbered() || ++nameless <= kNamelessKeptMax) return true;
    ++nameless_left_out;
    return false;
  }

  void take_element(dom::element element, const ReadingTopic* topic, std::vector<ParsedReading>& out) {
    ParsedReading item = parse_item(element, topic);
    if (!keep(item)) return;
    item.bytes = items.emplace_back(simdjson::minify(element));
    check_size(item);
    out.push_back(std::move(item));
  }

  /// A message that is no JSON: each of its items counts for itself, and one that is none itself still gets its receipt.
  void take_pieces(std::string_view payload, simdjson::error_code why, const ReadingTopic* topic,
                   std::vector<ParsedReading>& out) {
    bool all_good = true;
    ArrayCutter cutter(payload);
    while (const auto piece = cutter.next()) {
      dom::element element;
      const auto error = parser.parse(piece->data(), piece->size()).get(element);
      if (error == simdjson::SUCCESS) {
        take_element(element, topic, out);
        continue;
      }
      all_good = false;
      ParsedReading item = broken_item(*piece, error);
      if (keep(item)) out.push_back(std::move(item));
    }
    // Nesting is counted for each item. Any other fault lies between the items, such as a comma too many.
    if (!all_good || why == simdjson::DEPTH_ERROR) return;
    ParsedReading whole;
    whole.bytes = payload;
    whole.refusal = refuse(Reason::kBadJson, simdjson::error_message(why));
    if (keep(whole)) out.push_back(std::move(whole));
  }

  static ParsedReading broken_item(std::string_view piece, simdjson::error_code error) {
    ParsedReading item;
    item.bytes = piece;
    item.refusal = refuse(Reason::kBadJson, simdjson::error_message(error));
    BrokenIdentity identity = identity_of_broken(piece);
    item.reading.station_id = std::move(identity.station_id);
    item.reading.epoch = std::move(identity.epoch);
    item.reading.seq = identity.seq;
    return item;
  }
};

ReadingParser::ReadingParser(bool keep_values) : impl_(std::make_unique<Impl>()) {
  impl_->keep_values = keep_values;
  // At this capacity from the start, so that the depth limit holds for every message we take.
  WAYSIDE_CHECK(impl_->parser.allocate(kMessageBytesMax, kNestingMax) == simdjson::SUCCESS);
}
ReadingParser::~ReadingParser() = default;

void ReadingParser::parse(std::string_view payload, const ReadingTopic* topic, std::vector<ParsedReading>& out) {
  out.clear();
  impl_->items.clear();
  impl_->nameless = impl_->nameless_left_out = 0;
  const auto refuse_all = [&](Refusal refusal) {
    out.push_back({});
    out.back().bytes = payload;
    out.back().refusal = std::move(refusal);
  };
  if (payload.size() > kMessageBytesMax) return refuse_all(refuse(Reason::kTooLarge, "a message may have 262144 bytes"));
  if (payload.empty()) return refuse_all(refuse(Reason::kBadJson, "empty"));
  dom::element root;
  if (const auto error = impl_->parser.parse(payload.data(), payload.size()).get(root); error != simdjson::SUCCESS) {
    return impl_->take_pieces(payload, error, topic, out);
  }
  dom::array list;
  if (root.get(list) != simdjson::SUCCESS) {
    out.push_back(impl_->parse_item(root, topic));
    out.back().bytes = payload;
    Impl::check_size(out.back());
    return;
  }
  for (const dom::element element : list) impl_->take_element(element, topic, out);
}

std::size_t ReadingParser::nameless_left_out() const { return impl_->nameless_left_out; }

std::optional<LossStatement> parse_loss(std::string_view values) {
  dom::parser parser;
  dom::object object;
  if (values.empty() || parser.parse(values.data(), values.size()).get(object) != simdjson::SUCCESS) return std::nullopt;
  LossStatement loss;
  std::string_view epoch;
  std::string_view reason;
  dom::element ranges;
  if (object["epoch"].get(epoch) != simdjson::SUCCESS || object["reason"].get(reason) != simdjson::SUCCESS ||
      object["last_seq"].get(loss.last_seq) != simdjson::SUCCESS || object["ranges"].get(ranges) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  auto pairs = ranges_of(ranges);
  if (!pairs) return std::nullopt;
  loss.epoch = epoch;
  loss.reason = reason;
  loss.ranges = std::move(*pairs);
  return loss;
}

}  // namespace wayside
