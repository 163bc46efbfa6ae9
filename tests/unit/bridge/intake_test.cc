// Proves what becomes of each MQTT message: which Kafka record, which dead letter, which receipt to whom. The sink is a
// list; everything else is the real code.
#include "bridge/intake.h"

#include <gtest/gtest.h>

#include "common/contract/receipt.h"

namespace wayside::bridge {
namespace {

constexpr UtcTime kReceived{1'795'000'000'123};

class ListSink final : public RecordSink {
 public:
  void add(const Record& record) override {
    RefusedRecord copy;
    copy.topic = record.topic;
    copy.key = record.key;
    if (record.value) copy.value = std::string(*record.value);
    copy.agent = record.agent;
    copy.stream = record.stream;
    copy.time = record.time;
    records.push_back(std::move(copy));
  }
  std::vector<RefusedRecord> on(std::string_view topic) const {
    std::vector<RefusedRecord> out;
    for (const auto& record : records) {
      if (record.topic == topic) out.push_back(record);
    }
    return out;
  }
  std::vector<DeadLetter> letters() const {
    std::vector<DeadLetter> out;
    for (const auto& record : on("dead-letter")) {
      auto letter = parse_dead_letter(record.value.value_or(""));
      EXPECT_TRUE(letter.has_value()) << record.value.value_or("(null)");
      if (letter) out.push_back(std::move(*letter));
    }
    return out;
  }
  std::vector<RefusedRecord> records;
};

std::string reading(const std::string& station, std::uint64_t seq,
                    const std::string& values = R"({"num_bikes_available":12})") {
  return R"({"station_id":")" + station + R"(","stream":"bike_status","epoch":"9f2c41d07a3be815","seq":)" +
         std::to_string(seq) + R"(,"observed_at":"2026-11-20T08:11:33.120Z","clock":"synced","values":)" + values + "}";
}

class IntakeTest : public testing::Test {
 protected:
  void take(const std::string& topic, const std::string& payload) { intake.take({topic, payload}, kReceived, sink); }
  /// The receipt that `agent` gets with its ranges; an empty one when it gets none.
  Receipt receipt(const std::string& agent) const {
    for (const auto& message : batch.receipts.encode(kReceived, 0)) {
      auto parsed = parse_receipt(message.payload);
      if (message.topic == receipts_topic(agent) && parsed.ok() && parsed->has_ranges()) return *parsed;
    }
    return {};
  }
  static std::vector<SeqRange> runs(std::uint64_t seq) { return {{seq, seq}}; }

  ListSink sink;
  Batch batch;
  Intake intake{batch};
};

TEST_F(IntakeTest, forwards_a_reading_byte_for_byte) {
  const std::string payload = "  " + reading("72", 60, R"({ "num_bikes_available" : 12, "unknown":[1, 2] })") + "\n";
  take("wayside/v1/demo/72/bike_status", payload);
  ASSERT_EQ(sink.records.size(), 1U);
  const RefusedRecord& record = sink.records[0];
  EXPECT_EQ(record.topic, "station-status");
  EXPECT_EQ(record.key, "72");
  EXPECT_EQ(record.value, payload);
  EXPECT_EQ(record.agent, "demo");
  EXPECT_EQ(record.stream, "bike_status");
  EXPECT_EQ(record.time, kReceived);
  EXPECT_EQ(receipt("demo").stations.at("72").runs(), runs(60));
  EXPECT_EQ(batch.counts.messages, 1U);
  EXPECT_EQ(batch.counts.bytes, payload.size());
  EXPECT_EQ(batch.counts.readings[static_cast<std::size_t>(Stream::kBikeStatus)], 1U);
  EXPECT_EQ(batch.counts.numbered, 1U);
}

TEST_F(IntakeTest, gives_no_receipt_for_an_unnumbered_reading) {
  take("wayside/v1/demo/72/weather",
       R"({"station_id":"72","stream":"weather","observed_at":"2026-11-20T08:11:33Z","values":{"air_temperature_C":4.5}})");
  EXPECT_EQ(sink.on("weather").size(), 1U);
  EXPECT_TRUE(batch.receipts.empty());
  EXPECT_EQ(batch.counts.numbered, 0U);
}

TEST_F(IntakeTest, splits_an_array_and_refuses_only_the_bad_item) {
  take("wayside/v1/demo/72/bike_status",
       "[" + reading("72", 1) + "," + reading("72", 2, R"({"num_bikes_available":"many"})") + "," + reading("72", 3) + "]");
  EXPECT_EQ(sink.on("station-status").size(), 2U);
  ASSERT_EQ(sink.letters().size(), 1U);
  const DeadLetter letter = sink.letters()[0];
  EXPECT_EQ(letter.reason, Reason::kBadType);
  EXPECT_EQ(letter.seq, 2U);
  EXPECT_EQ(letter.station_id, "72");
  EXPECT_EQ(letter.agent, "demo");
  EXPECT_EQ(letter.topic, "wayside/v1/demo/72/bike_status");
  EXPECT_NE(letter.payload.find("many"), std::string::npos);
  EXPECT_EQ(receipt("demo").stations.at("72").runs(), (std::vector<SeqRange>{{1, 1}, {3, 3}}));
  EXPECT_EQ(receipt("demo").refused.at("72").runs(), runs(2));
}

TEST_F(IntakeTest, answers_a_mismatch_to_the_topics_agent_under_the_numbered_station) {
  take("wayside/v1/mallory/13/bike_status", reading("72", 5));
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kTopicMismatch);
  EXPECT_EQ(sink.letters()[0].agent, "mallory");
  EXPECT_EQ(sink.on("station-status").size(), 0U);
  EXPECT_EQ(receipt("mallory").refused.at("72").runs(), runs(5));
  EXPECT_FALSE(receipt("mallory").refused.contains("13"));
}

TEST_F(IntakeTest, answers_under_the_topics_station_when_the_payloads_is_unreadable) {
  take("wayside/v1/demo/72/bike_status",
       R"({"stream":"bike_status","epoch":"e1","seq":8,"observed_at":"2026-11-20T08:11:33Z","values":{}})");
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kMissingField);
  EXPECT_EQ(receipt("demo").refused.at("72").runs(), runs(8));
}

TEST_F(IntakeTest, keeps_what_is_no_json_with_its_bytes_and_without_receipt) {
  take("wayside/v1/demo/72/bike_status", "{\"station_id\":\"72\", \"seq\":");
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kBadJson);
  EXPECT_EQ(sink.letters()[0].payload, "{\"station_id\":\"72\", \"seq\":");
  EXPECT_EQ(sink.letters()[0].station_id, "72");
  EXPECT_TRUE(batch.receipts.empty());
}

TEST_F(IntakeTest, an_item_that_is_no_json_goes_alone_and_gets_its_receipt) {
  const std::string bad = reading("72", 2, R"({"num_bikes_available":12,"x":99999999999999999999})");
  take("wayside/v1/demo/72/bike_status", "[" + reading("72", 1) + "," + bad + "," + reading("72", 3) + "]");
  ASSERT_EQ(sink.on("station-status").size(), 2U);
  EXPECT_EQ(sink.on("station-status")[1].value, reading("72", 3));
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kBadJson);
  EXPECT_EQ(sink.letters()[0].payload, bad);
  EXPECT_EQ(sink.letters()[0].seq, 2U);
  EXPECT_EQ(receipt("demo").stations.at("72").runs(), (std::vector<SeqRange>{{1, 1}, {3, 3}}));
  EXPECT_EQ(receipt("demo").refused.at("72").runs(), runs(2));
}

TEST_F(IntakeTest, does_not_let_one_message_become_a_flood_of_letters) {
  std::string payload = "[1";
  for (int i = 0; i < 1000; ++i) payload += ",1";
  take("wayside/v1/demo/72/bike_status", payload + "]");
  EXPECT_EQ(sink.letters().size(), kNamelessLettersMax + 1);
  EXPECT_EQ(sink.letters().back().payload, payload + "]");
  EXPECT_NE(sink.letters().back().detail.find("985 items of this message"), std::string::npos) << sink.letters().back().detail;
}

TEST_F(IntakeTest, cuts_what_is_too_large_for_a_record_and_says_so) {
  take("wayside/v1/demo/72/bike_status", std::string(kLetterPayloadBytesMax + 5, 'x'));
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kTooLarge);
  EXPECT_EQ(sink.letters()[0].payload.size(), kLetterPayloadBytesMax);
  EXPECT_NE(sink.letters()[0].detail.find("cut to 262144 of 262149 bytes"), std::string::npos);
}

TEST_F(IntakeTest, masks_secrets_in_dead_letters) {
  take("wayside/v1/demo/72/weather", "ID=KX&PASSWORD=hunter2&tempf=50");
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].payload.find("hunter2"), std::string::npos);
}

TEST_F(IntakeTest, refuses_an_unknown_stream_but_frees_the_agents_window) {
  take("wayside/v1/demo/72/parking", reading("72", 4));
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kBadTopic);
  EXPECT_EQ(sink.letters()[0].agent, "demo");
  EXPECT_EQ(sink.letters()[0].station_id, "72");
  EXPECT_EQ(receipt("demo").refused.at("72").runs(), runs(4));
}

TEST_F(IntakeTest, keeps_an_unknown_topic_whole) {
  take("wayside/v1/demo", "[1,2,3]");
  take("wayside/v1/a b/72/x/y", "hello");
  ASSERT_EQ(sink.letters().size(), 2U);
  EXPECT_EQ(sink.letters()[0].payload, "[1,2,3]");
  EXPECT_EQ(sink.letters()[1].payload, "hello");
  EXPECT_EQ(sink.letters()[1].agent, "");
  EXPECT_TRUE(batch.receipts.empty());
}

TEST_F(IntakeTest, ignores_receipts_of_another_bridge) {
  take("wayside/v1/demo/receipts", R"({"epoch":"e","stations":{"72":[[1,2]]}})");
  EXPECT_TRUE(sink.records.empty());
  EXPECT_EQ(batch.counts.ignored, 1U);
}

TEST_F(IntakeTest, forwards_information_and_makes_a_tombstone_of_an_empty_one) {
  const std::string info = R"({"station_id":"72","kind":"bike","name":"Dock","lat":41.9,"lon":-87.6})";
  take("wayside/v1/demo/72/info", info);
  take("wayside/v1/demo/72/info", "");
  const auto records = sink.on("station-information");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].value, info);
  EXPECT_EQ(records[0].key, "72");
  EXPECT_EQ(records[0].agent, "demo");
  EXPECT_FALSE(records[1].value.has_value());
}

TEST_F(IntakeTest, refuses_bad_information) {
  take("wayside/v1/demo/72/info", R"({"station_id":"72","kind":"bike","lat":95})");
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kOutOfRange);
  EXPECT_TRUE(sink.on("station-information").empty());
}

TEST_F(IntakeTest, answers_health_and_forwards_it) {
  take("wayside/v1/demo/health", R"({"agent":"demo","status":"online"})");
  ASSERT_EQ(sink.on("agent-health").size(), 1U);
  EXPECT_EQ(sink.on("agent-health")[0].key, "demo");
  EXPECT_EQ(batch.receipts.encode(kReceived, 500).size(), 1U);
}

TEST_F(IntakeTest, neither_answers_nor_forwards_bad_or_cleared_health) {
  take("wayside/v1/demo/health", R"({"agent":"other","status":"online"})");
  take("wayside/v1/demo/health", "");
  EXPECT_EQ(sink.letters().size(), 1U);
  EXPECT_TRUE(sink.on("agent-health").empty());
  EXPECT_TRUE(batch.receipts.empty());
}

TEST_F(IntakeTest, turns_what_kafka_refuses_into_a_letter_and_a_refused_receipt) {
  take("wayside/v1/demo/72/bike_status", reading("72", 60));
  take("wayside/v1/demo/72/bike_status", reading("72", 61));
  RefusedRecord refused = sink.records[1];
  refused.why = "Broker: Message size too large";
  ASSERT_TRUE(intake.take_refused(refused, sink).ok());
  ASSERT_EQ(sink.letters().size(), 1U);
  EXPECT_EQ(sink.letters()[0].reason, Reason::kKafkaRefused);
  EXPECT_EQ(sink.letters()[0].topic, "wayside/v1/demo/72/bike_status");
  EXPECT_EQ(sink.letters()[0].payload, reading("72", 61));
  EXPECT_EQ(receipt("demo").stations.at("72").runs(), runs(60));
  EXPECT_EQ(receipt("demo").refused.at("72").runs(), runs(61));
}

TEST_F(IntakeTest, strips_a_letter_that_kafka_refuses_and_gives_up_on_a_stripped_one) {
  take("wayside/v1/demo/72/bike_status", "not json");
  RefusedRecord refused = sink.records[0];
  refused.why = "Broker: Message size too large";
  ASSERT_TRUE(intake.take_refused(refused, sink).ok());
  ASSERT_EQ(sink.letters().size(), 2U);
  EXPECT_EQ(sink.letters()[1].payload, "");
  EXPECT_EQ(sink.letters()[1].reason, Reason::kBadJson);
  RefusedRecord again = sink.records[1];
  EXPECT_FALSE(intake.take_refused(again, sink).ok());
}

}  // namespace
}  // namespace wayside::bridge
