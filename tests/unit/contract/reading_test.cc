// Proves that the codec of readings gives back what it was given, and refuses everything else for the right reason: by
// hand-made messages at and one beyond each limit, and by random readings.
#include "common/contract/reading.h"

#include <gtest/gtest.h>

#include "tests/unit/seeded.h"

namespace wayside {
namespace {

constexpr const char* kGood =
    R"({"station_id":"72","stream":"bike_status","epoch":"e1","seq":60,"observed_at":"2026-11-20T08:11:33.120Z","clock":"synced",)"
    R"("values":{"num_bikes_available":12}})";

std::vector<ParsedReading> parse(std::string_view payload, const ReadingTopic* topic = nullptr) {
  static ReadingParser parser;
  std::vector<ParsedReading> items;
  parser.parse(payload, topic, items);
  return items;
}

/// The text of kGood with one part replaced.
std::string with(std::string_view part, std::string_view by) {
  std::string text = kGood;
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), by);
}

std::string values(std::string_view stream, std::string_view object) {
  std::string text = R"({"station_id":"72","stream":")";
  text.append(stream).append(R"(","observed_at":"2026-11-20T08:11:33Z","values":)");
  return text.append(object).append("}");
}

std::string reason(std::string_view payload) {
  const auto items = parse(payload);
  if (items.size() != 1) return "items: " + std::to_string(items.size());
  return items[0].refusal ? std::string(to_text(items[0].refusal->reason)) : "taken";
}

/// A reading of exactly `size` bytes.
std::string reading_of_size(std::size_t size) {
  const std::string frame = values("weather", R"({"note":""})");
  return values("weather", R"({"note":")" + std::string(size - frame.size(), 'x') + R"("})");
}

TEST(Reading, reads_all_fields) {
  const auto items = parse(kGood);
  ASSERT_EQ(items.size(), 1U);
  ASSERT_FALSE(items[0].refusal);
  const Reading& reading = items[0].reading;
  EXPECT_EQ(reading.station_id, "72");
  EXPECT_EQ(reading.stream, Stream::kBikeStatus);
  EXPECT_EQ(reading.epoch, "e1");
  EXPECT_EQ(reading.seq, 60U);
  EXPECT_EQ(format_rfc3339(reading.observed_at), "2026-11-20T08:11:33.120Z");
  EXPECT_EQ(reading.clock, ClockQuality::kSynced);
  EXPECT_EQ(reading.values, R"({"num_bikes_available":12})");
  EXPECT_EQ(items[0].bytes, kGood);
}

TEST(Reading, random_readings_come_back_alone_and_in_arrays) {
  test::Seeded random;
  for (int round = 0; round < 300; ++round) {
    std::vector<Reading> readings(random.number(1, 8));
    std::string array = "[";
    for (Reading& reading : readings) {
      reading.station_id = encode_station_id(random.text("abcXYZ019._:- %/\xc3\xa9", 1, 20));
      reading.stream = kAllStreams[random.number(0, 3)];
      if (!random.one_in(4)) {
        reading.epoch = random.text("0123456789abcdef", 1, 32);
        reading.seq = random.number(1, kSeqMax);
      }
      reading.observed_at = UtcTime{static_cast<std::int64_t>(random.number(0, 253'402'300'799'999))};
      reading.clock = static_cast<ClockQuality>(random.number(0, 3));
      reading.values = R"({"x":)" + std::to_string(random.number(0, UINT64_MAX)) + R"(,"y":"\u0001é\"\\"})";
      const auto alone = parse(encode_reading(reading));
      ASSERT_EQ(alone.size(), 1U);
      ASSERT_FALSE(alone[0].refusal) << alone[0].refusal->detail << "\n" << encode_reading(reading);
      ASSERT_EQ(alone[0].reading, reading);
      if (array.size() > 1) array += ',';
      append_reading(array, reading);
    }
    const auto items = parse(array + "]");
    ASSERT_EQ(items.size(), readings.size());
    for (std::size_t i = 0; i < items.size(); ++i) ASSERT_EQ(items[i].reading, readings[i]);
  }
}

TEST(Reading, values_have_one_form_however_they_were_written) {
  // seq_reused compares contents: a resend in an array must look like the first sending.
  const std::string loose =
      values("weather", "{ \"air_temperature_C\" : 7.50e0,\n \"x\":[1e2, 0.1, -0.0], \"y\":\"\\u00e9\" }");
  const auto alone = parse(loose);
  const auto listed = parse("[" + loose + "]");
  ASSERT_FALSE(alone[0].refusal);
  EXPECT_EQ(alone[0].reading, listed[0].reading);
  const auto again = parse(values("weather", alone[0].reading.values));
  EXPECT_EQ(again[0].reading.values, alone[0].reading.values);
}

TEST(Reading, each_fault_has_its_reason) {
  EXPECT_EQ(reason(""), "bad_json");
  EXPECT_EQ(reason("{"), "bad_json");
  EXPECT_EQ(reason(std::string(kGood) + "x"), "bad_json");
  EXPECT_EQ(reason(with("72", "7\xff")), "bad_json");
  EXPECT_EQ(reason(with("72", std::string_view("7\0", 2))), "bad_json");
  EXPECT_EQ(reason(with(":12", ":1e999")), "bad_json");
  EXPECT_EQ(reason(with(":12", ":NaN")), "bad_json");
  EXPECT_EQ(reason("5"), "bad_type");
  EXPECT_EQ(reason(R"("text")"), "bad_type");
  EXPECT_EQ(reason(with(R"("72")", "72")), "bad_type");
  EXPECT_EQ(reason(with(":60", R"(:"60")")), "bad_type");
  EXPECT_EQ(reason(with(":60", ":60.5")), "bad_type");
  EXPECT_EQ(reason(with(":12", R"(:"12")")), "bad_type");
  EXPECT_EQ(reason(with(":12", ":12.5")), "bad_type");
  EXPECT_EQ(reason(with(":12", ":null")), "bad_type");
  EXPECT_EQ(reason(with(R"({"num_bikes_available":12})", "[]")), "bad_type");
  EXPECT_EQ(reason(with(R"("station_id":"72",)", "")), "missing_field");
  EXPECT_EQ(reason(with(R"("seq":60,)", "")), "missing_field");
  EXPECT_EQ(reason(with(R"("epoch":"e1",)", "")), "missing_field");
  EXPECT_EQ(reason(with(R"("stream":"bike_status",)", "")), "missing_field");
  EXPECT_EQ(reason("{}"), "missing_field");
  EXPECT_EQ(reason(with(":60", ":0")), "out_of_range");
  EXPECT_EQ(reason(with(":60", ":-1")), "out_of_range");
  EXPECT_EQ(reason(with(":60", ":9007199254740992")), "out_of_range");
  EXPECT_EQ(reason(with("\"72\"", "\"\"")), "out_of_range");
  EXPECT_EQ(reason(with("\"72\"", "\"7/2\"")), "out_of_range");
  EXPECT_EQ(reason(with("e1", "e 1")), "out_of_range");
  EXPECT_EQ(reason(with("bike_status", "bikes")), "out_of_range");
  EXPECT_EQ(reason(with("synced", "sundial")), "out_of_range");
  EXPECT_EQ(reason(with(":12", ":-1")), "out_of_range");
  EXPECT_EQ(reason(with(":12", ":100001")), "out_of_range");
  EXPECT_EQ(reason(with(":12", ":1e300")), "out_of_range");
  EXPECT_EQ(reason(with("2026-11-20T", "2026-11-31T")), "bad_time");
  EXPECT_EQ(reason(reading_of_size(kReadingBytesMax + 1)), "too_large");
}

TEST(Reading, whole_numbers_may_have_a_point) {
  const auto items = parse(with(":60", ":60.0"));
  ASSERT_FALSE(items[0].refusal);
  EXPECT_EQ(items[0].reading.seq, 60U);
  EXPECT_EQ(reason(with(":12", ":12.0")), "taken");
}

TEST(Reading, a_field_that_stands_twice_is_refused) {
  EXPECT_EQ(reason(with(R"("seq":60)", R"("seq":60,"station_id":"99")")), "bad_json");
  EXPECT_EQ(reason(with(":12", R"(:12,"num_bikes_available":13)")), "bad_json");
  EXPECT_EQ(reason(with(":12", R"(:12,"unknown":1,"unknown":2)")), "taken");
}

TEST(Reading, unknown_fields_are_kept) {
  const auto items = parse(with(":12}", R"(:12,"new":{"a":[null,true]}},"later":1)"));
  ASSERT_FALSE(items[0].refusal);
  EXPECT_EQ(items[0].reading.values, R"({"num_bikes_available":12,"new":{"a":[null,true]}})");
}

TEST(Reading, every_value_field_is_taken_at_its_bounds_and_refused_beyond) {
  for (const Stream stream : kAllStreams) {
    if (stream == Stream::kLoss) continue;  // has rules of its own, below
    for (const ValueField& field : value_fields(stream)) {
      const auto check = [&](const std::string& value) {
        return reason(values(to_text(stream), R"({")" + std::string(field.name) + R"(":)" + value + "}"));
      };
      SCOPED_TRACE(field.name);
      if (field.type == ValueType::kBoolean) {
        EXPECT_EQ(check("true"), "taken");
        EXPECT_EQ(check("1"), "bad_type");
      } else if (field.type == ValueType::kText) {
        const std::string word =
            field.choices.empty() ? std::string(static_cast<std::size_t>(field.max), 'x') : std::string(field.choices[0]);
        EXPECT_EQ(check('"' + word + '"'), "taken");
        EXPECT_EQ(check("\"\""), "out_of_range");
        EXPECT_EQ(check('"' + word + "x\""), "out_of_range");
        EXPECT_EQ(check("5"), "bad_type");
      } else {
        EXPECT_EQ(check(std::to_string(static_cast<std::int64_t>(field.min))), "taken");
        EXPECT_EQ(check(std::to_string(static_cast<std::int64_t>(field.max))), "taken");
        EXPECT_EQ(check(std::to_string(static_cast<std::int64_t>(field.min) - 1)), "out_of_range");
        EXPECT_EQ(check(std::to_string(static_cast<std::int64_t>(field.max) + 1)), "out_of_range");
        EXPECT_EQ(check("true"), "bad_type");
        EXPECT_EQ(check(std::to_string(field.max - 0.5)), field.type == ValueType::kNumber ? "taken"
                                                          : field.max > 1e15               ? "taken"
                                                                                           : "bad_type");
      }
    }
  }
}

TEST(Reading, texts_count_characters_not_bytes) {
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\xc3\xa9";
  EXPECT_EQ(reason(values("arrival", R"({"vehicle_id":")" + name + "\"}")), "taken");
  EXPECT_EQ(reason(values("arrival", R"({"vehicle_id":")" + name + "x\"}")), "out_of_range");
}

TEST(Reading, sizes_and_depth_at_the_limit) {
  EXPECT_EQ(reading_of_size(kReadingBytesMax).size(), kReadingBytesMax);
  EXPECT_EQ(reason(reading_of_size(kReadingBytesMax)), "taken");
  std::string message = "[" + std::string(kGood) + "]";
  message.insert(1, kMessageBytesMax - message.size(), ' ');
  EXPECT_EQ(parse(message).size(), 1U);
  EXPECT_FALSE(parse(message)[0].refusal);
  EXPECT_EQ(reason(message + " "), "too_large");
  const auto nested = [](std::size_t levels) {
    return values("weather", R"({"x":)" + std::string(levels, '[') + std::string(levels, ']') + "}");
  };
  EXPECT_EQ(reason(nested(kNestingMax - 3)), "taken");
  EXPECT_EQ(reason(nested(kNestingMax + 1)), "bad_json");
  EXPECT_EQ(reason(std::string(kMessageBytesMax, '[')), "bad_json");
}

TEST(Reading, one_bad_item_of_an_array_is_refused_alone_with_its_number) {
  const std::string bad = with(":12", ":-1");
  const auto items = parse("[" + std::string(kGood) + "," + bad + ",7," + kGood + "]");
  ASSERT_EQ(items.size(), 4U);
  EXPECT_FALSE(items[0].refusal);
  EXPECT_EQ(items[1].refusal->reason, Reason::kOutOfRange);
  EXPECT_EQ(items[1].reading.seq, 60U);
  EXPECT_EQ(items[1].reading.epoch, "e1");
  EXPECT_EQ(items[1].reading.station_id, "72");
  EXPECT_EQ(items[1].bytes, bad);
  EXPECT_EQ(items[2].refusal->reason, Reason::kBadType);
  EXPECT_FALSE(items[3].refusal);
  EXPECT_TRUE(parse("[]").empty());
}

/// Item values that are no JSON for the parser, each in an item of its own beside good ones.
const std::vector<std::string>& broken_values() {
  static const std::vector<std::string> kBroken{
      "99999999999999999999",
      "1e400",
      "\"\xff\"",
      R"("\ud800")",
      std::string(R"("a ] , } \" \\")") + "x",
      "01",
      "\"\x01\"",
      std::string(kNestingMax, '[') + std::string(kNestingMax, ']'),
  };
  return kBroken;
}

TEST(Reading, an_item_that_is_no_json_is_refused_alone_with_its_number) {
  for (const std::string& value : broken_values()) {
    const std::string bad = with(":60", ":61, \"x\" : " + value + " ");
    const std::string text = " [" + std::string(kGood) + " , " + bad + ",7," + with(":60", ":62") + "\n] ";
    const auto items = parse(text);
    ASSERT_EQ(items.size(), 4U) << value;
    EXPECT_FALSE(items[0].refusal);
    EXPECT_EQ(items[0].bytes, kGood);
    EXPECT_EQ(items[1].refusal->reason, Reason::kBadJson) << value;
    EXPECT_EQ(items[1].reading.seq, 61U) << value;
    EXPECT_EQ(items[1].reading.epoch, "e1");
    EXPECT_EQ(items[1].reading.station_id, "72");
    EXPECT_EQ(items[1].bytes, bad);
    EXPECT_EQ(items[2].refusal->reason, Reason::kBadType);
    EXPECT_FALSE(items[3].refusal);
    EXPECT_EQ(items[3].reading.seq, 62U);
  }
}

TEST(Reading, one_that_came_alone_and_is_no_json_keeps_its_number) {
  for (const std::string& value : broken_values()) {
    const std::string bad = with(":60", ":61,\"x\":" + value);
    const auto items = parse(bad);
    EXPECT_EQ(reason(bad), "bad_json") << value;
    EXPECT_EQ(items[0].reading.seq, 61U);
    EXPECT_EQ(items[0].bytes, bad);
  }
}

TEST(Reading, a_broken_one_does_not_get_a_number_that_is_in_doubt) {
  const auto numbered = [](const std::string& text) { return parse(text)[0].reading.numbered(); };
  EXPECT_TRUE(numbered(with(":60", ":60,\"x\":01")));
  EXPECT_FALSE(numbered(with(":60", ":60,\"seq\":61,\"x\":01")));
  EXPECT_FALSE(numbered(with(":60", ":60.5,\"x\":01")));
  EXPECT_FALSE(numbered(with(":60", ":0,\"x\":01")));
  EXPECT_FALSE(numbered(with(":60", ":9007199254740992,\"x\":01")));
  EXPECT_FALSE(numbered(with("\"e1\"", "\"e 1\",\"x\":01")));
  EXPECT_FALSE(numbered(R"({"values":{"epoch":"e1","seq":60},"x":01})"));
  EXPECT_FALSE(numbered(R"({"note":"\"epoch\":\"e1\",\"seq\":60","x":01})"));
}

TEST(Reading, a_fault_between_the_items_costs_none_of_them) {
  const std::string good = kGood;
  for (const std::string& text : {"[" + good + ",," + good + "]", "[" + good + "," + good + ",]", "[" + good + "," + good}) {
    const auto items = parse(text);
    ASSERT_EQ(items.size(), 3U) << text;
    EXPECT_FALSE(items[0].refusal);
    EXPECT_FALSE(items[1].refusal);
    EXPECT_EQ(items[2].refusal->reason, Reason::kBadJson);
    EXPECT_EQ(items[2].bytes, text);
  }
}

TEST(Reading, nesting_is_counted_for_each_item) {
  const std::string deep =
      values("weather", R"({"x":)" + std::string(kNestingMax - 2, '[') + std::string(kNestingMax - 2, ']') + "}");
  EXPECT_EQ(reason(deep), "taken");
  EXPECT_EQ(reason("[" + deep + "]"), "taken");
}

TEST(Reading, a_flood_of_nameless_items_is_counted_not_kept) {
  ReadingParser parser;
  std::vector<ParsedReading> items;
  for (const char* end : {"]", ",1e400]"}) {
    std::string text = "[" + std::string(kGood);
    while (text.size() < kMessageBytesMax - 10) text += ",1";
    const std::size_t ones = (text.size() - 1 - std::string_view(kGood).size()) / 2;
    parser.parse(text + end, nullptr, items);
    EXPECT_FALSE(items[0].refusal);
    EXPECT_EQ(items.size(), 1 + kNamelessKeptMax);
    EXPECT_EQ(parser.nameless_left_out(), ones + (end[0] == ',' ? 1 : 0) - kNamelessKeptMax);
  }
  parser.parse(kGood, nullptr, items);
  EXPECT_EQ(parser.nameless_left_out(), 0U);
}

TEST(Reading, a_large_item_keeps_its_number_for_the_receipt) {
  std::string large = with(":12}", R"(:12,"note":")" + std::string(kReadingBytesMax, 'x') + "\"}");
  const auto items = parse("[" + large + "]");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].refusal->reason, Reason::kTooLarge);
  EXPECT_EQ(items[0].reading.seq, 60U);
}

TEST(Reading, half_a_number_is_none) {
  const auto items = parse(with(":60", ":0"));
  EXPECT_FALSE(items[0].reading.numbered());
  EXPECT_EQ(items[0].reading.epoch, "");
}

TEST(Reading, must_agree_with_its_topic) {
  const auto check = [](std::string_view station, Stream stream) {
    const ReadingTopic topic{"demo", station, stream};
    const auto items = parse(kGood, &topic);
    return items[0].refusal ? to_text(items[0].refusal->reason) : "taken";
  };
  EXPECT_EQ(check("72", Stream::kBikeStatus), "taken");
  EXPECT_EQ(check("73", Stream::kBikeStatus), "topic_mismatch");
  EXPECT_EQ(check("72", Stream::kWeather), "topic_mismatch");
}

TEST(Reading, parser_without_values_checks_them_all_the_same) {
  ReadingParser parser(false);
  std::vector<ParsedReading> items;
  parser.parse(kGood, nullptr, items);
  EXPECT_FALSE(items[0].refusal);
  EXPECT_EQ(items[0].reading.values, "");
  parser.parse(with(":12", ":-1"), nullptr, items);
  EXPECT_TRUE(items[0].refusal);
}

TEST(Reading, random_bytes_never_break_the_parser) {
  test::Seeded random;
  for (int round = 0; round < 3000; ++round) {
    std::string text = kGood;
    for (std::uint64_t i = random.number(1, 4); i > 0; --i) text[random.number(0, text.size() - 1)] = random.byte();
    for (const ParsedReading& item : parse(text)) {
      if (item.refusal) continue;
      const std::string again = encode_reading(item.reading);
      ASSERT_FALSE(parse(again)[0].refusal) << again;
    }
  }
}

TEST(Loss, comes_back) {
  const LossStatement loss{"e1", {{10, 20}, {30, 30}}, "outbox_full", 60};
  const auto back = parse_loss(encode_loss(loss));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->epoch, loss.epoch);
  EXPECT_EQ(back->ranges, loss.ranges);
  EXPECT_EQ(back->reason, loss.reason);
  EXPECT_EQ(back->last_seq, loss.last_seq);
  EXPECT_EQ(reason(values("loss", encode_loss(loss))), "taken");
}

TEST(Loss, as_many_ranges_as_promised_fit) {
  Reading reading{std::string(64, 's'), Stream::kLoss, std::string(32, 'e'), kSeqMax, UtcTime{0}, ClockQuality::kUnknown, ""};
  LossStatement loss{reading.epoch, {}, "outbox_damaged", kSeqMax};
  for (std::uint64_t i = 0; i < kLossRangesMax; ++i) loss.ranges.push_back({kSeqMax - 2 * i, kSeqMax - 2 * i});
  reading.values = encode_loss(loss);
  EXPECT_EQ(reason(encode_reading(reading)), "taken");
}

TEST(Loss, is_whole_or_empty) {
  EXPECT_EQ(reason(values("loss", "{}")), "taken");
  EXPECT_EQ(reason(values("loss", R"({"epoch":"e1"})")), "missing_field");
  EXPECT_EQ(reason(values("loss", R"({"epoch":"e 1","ranges":[],"reason":"outbox_full","last_seq":1})")), "out_of_range");
  EXPECT_EQ(reason(values("loss", R"({"epoch":"e1","ranges":[[2,1]],"reason":"outbox_full","last_seq":1})")), "bad_type");
  EXPECT_EQ(reason(values("loss", R"({"epoch":"e1","ranges":[[0,1]],"reason":"outbox_full","last_seq":1})")), "bad_type");
  EXPECT_EQ(reason(values("loss", R"({"epoch":"e1","ranges":[[1,1]],"reason":"bored","last_seq":1})")), "out_of_range");
  for (const char* text : {"", "[]", "{}", R"({"epoch":1})", "x"}) EXPECT_FALSE(parse_loss(text)) << text;
}

}  // namespace
}  // namespace wayside
