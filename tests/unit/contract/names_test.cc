// Proves the rules for names and topics, above all that nothing outside the contract is taken for part of it.
#include "common/contract/names.h"

#include <gtest/gtest.h>

#include "tests/unit/seeded.h"

namespace wayside {
namespace {

TEST(Names, station_ids) {
  for (const char* id : {"72", "a.b_c:d-E", "%20", "x%C3%A9", "."}) EXPECT_TRUE(valid_station_id(id)) << id;
  for (const char* id : {"", " ", "a/b", "a+", "#", "%", "%2", "%2G", "x%", "\xc3\xa9"})
    EXPECT_FALSE(valid_station_id(id)) << id;
  EXPECT_TRUE(valid_station_id(std::string(64, 'x')));
  EXPECT_FALSE(valid_station_id(std::string(65, 'x')));
  EXPECT_FALSE(valid_station_id(std::string_view("a\0b", 3)));
}

TEST(Names, any_bytes_encode_to_a_valid_station_id) {
  test::Seeded random;
  for (int round = 0; round < 500; ++round) {
    std::string raw(random.number(1, 21), ' ');
    for (char& c : raw) c = random.byte();
    EXPECT_TRUE(valid_station_id(encode_station_id(raw)));
  }
  EXPECT_EQ(encode_station_id("a b/\xc3\xa9%"), "a%20b%2F%C3%A9%25");
}

TEST(Names, agents_and_epochs) {
  EXPECT_TRUE(valid_agent_name("demo-bikes.1_x"));
  for (const char* name : {"", "a/b", "a:b", "+", "#", "a b", "$SYS"}) EXPECT_FALSE(valid_agent_name(name)) << name;
  EXPECT_FALSE(valid_agent_name(std::string(65, 'x')));
  EXPECT_TRUE(valid_epoch("9f2c41d07a3be815"));
  EXPECT_FALSE(valid_epoch(""));
  EXPECT_FALSE(valid_epoch("a.b"));
  EXPECT_FALSE(valid_epoch(std::string(33, 'x')));
}

TEST(Topics, come_back_from_their_texts) {
  for (const Stream stream : kAllStreams) {
    const std::string text = reading_topic("agent", "72%20x", stream);
    const auto address = parse_topic(text);
    const auto* topic = std::get_if<ReadingTopic>(&address);
    ASSERT_NE(topic, nullptr);
    EXPECT_EQ(topic->agent, "agent");
    EXPECT_EQ(topic->station_id, "72%20x");
    EXPECT_EQ(topic->stream, stream);
    EXPECT_EQ(parse_stream(to_text(stream)), stream);
  }
  const std::string info = info_topic("agent", "72");
  const std::string health = health_topic("agent");
  EXPECT_TRUE(std::holds_alternative<InfoTopic>(parse_topic(info)));
  EXPECT_TRUE(std::holds_alternative<HealthTopic>(parse_topic(health)));
  EXPECT_EQ(receipts_topic("agent"), "wayside/v1/agent/receipts");
}

TEST(Topics, nothing_else_is_one) {
  for (const char* topic :
       {"", "wayside", "wayside/v1/", "wayside/v1/a", "wayside/v2/a/72/weather", "wayside/v1/a/72", "wayside/v1/a/72/bikes",
        "wayside/v1/a/72/weather/x", "wayside/v1//72/weather", "wayside/v1/a//weather", "wayside/v1/a/7 2/weather",
        "wayside/v1/a/receipts", "/wayside/v1/a/72/weather", "Wayside/v1/a/72/weather", "wayside/v1/a/72/weather/"}) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(parse_topic(topic))) << topic;
  }
}

TEST(Topics, kafka_has_one_for_each_stream) {
  for (const Stream stream : kAllStreams) {
    const auto topics = kafka_topics();
    EXPECT_TRUE(std::any_of(topics.begin(), topics.end(),
                            [&](const auto& t) { return t.name == kafka_topic(stream) && !t.compacted; }));
  }
  EXPECT_EQ(kafka_topics().size(), 9U);
}

}  // namespace
}  // namespace wayside
