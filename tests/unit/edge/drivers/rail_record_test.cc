// Proves the decoding of rail records: the course's fields, Avro's unions, and what is refused or left out.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "edge/drivers/kafka_rest.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

TEST(RailRecord, takes_an_arrival_as_the_station_hardware_sends_it) {
  const auto decoded = decode_arrival(
      json::parse(R"({"station_id":40830,"train_id":"BL003","direction":"a","line":"blue","train_status":"in_service",)"
                  R"("prev_station_id":40820,"prev_direction":"a"})"));
  const auto& arrival = std::get<ArrivalRecord>(decoded);
  EXPECT_EQ(arrival.station_key, "40830");
  EXPECT_EQ(arrival.train, "BL003");
  EXPECT_EQ(arrival.direction, "a");
  EXPECT_EQ(arrival.line, "blue");
  EXPECT_EQ(arrival.status, "in_service");
  EXPECT_EQ(arrival.prev_station_key, "40820");
  EXPECT_EQ(arrival.prev_direction, "a");
  EXPECT_TRUE(arrival.left_out.empty());
}

TEST(RailRecord, unwraps_the_unions_of_avros_json) {
  const auto decoded = decode_arrival(
      json::parse(R"({"station_id":"harbour","train_id":"7","direction":"b","line":"blue","train_status":"broken_down",)"
                  R"("prev_station_id":{"int":40820},"prev_direction":{"string":"b"}})"));
  const auto& arrival = std::get<ArrivalRecord>(decoded);
  EXPECT_EQ(arrival.prev_station_key, "40820");
  EXPECT_EQ(arrival.prev_direction, "b");
}

TEST(RailRecord, a_run_that_begins_has_no_station_before) {
  const auto decoded = decode_arrival(
      json::parse(R"({"station_id":1,"train_id":"7","direction":"b","prev_station_id":null,"prev_direction":null})"));
  const auto& arrival = std::get<ArrivalRecord>(decoded);
  EXPECT_TRUE(arrival.prev_station_key.empty());
  EXPECT_TRUE(arrival.left_out.empty());
}

TEST(RailRecord, leaves_out_and_names_what_it_cannot_use) {
  const auto decoded = decode_arrival(json::parse(
      R"({"station_id":1,"train_id":"7","direction":"b","line":["blue"],"train_status":"asleep","prev_station_id":1.5,)"
      R"("prev_direction":"northbound"})"));
  EXPECT_EQ(std::get<ArrivalRecord>(decoded).left_out,
            (std::vector<std::string>{"line", "train_status", "prev_station_id", "prev_direction"}));
}

TEST(RailRecord, refuses_what_names_no_station_train_or_direction) {
  for (const char* value :
       {R"({})", R"({"station_id":1})", R"({"station_id":1,"train_id":"7"})",
        R"({"station_id":null,"train_id":"7","direction":"a"})", R"({"station_id":1.5,"train_id":"7","direction":"a"})",
        R"({"station_id":1,"train_id":"7","direction":"towards the harbour"})"}) {
    const auto decoded = decode_arrival(json::parse(value));
    ASSERT_TRUE(std::holds_alternative<FrameRefusal>(decoded)) << value;
    EXPECT_EQ(std::get<FrameRefusal>(decoded).reason, FrameReason::kBadRequest);
  }
}

TEST(RailRecord, takes_a_person_through_a_turnstile) {
  const auto decoded = decode_person(json::parse(R"({"station_id":40830,"station_name":"UIC-Halsted","line":"blue"})"));
  const auto& person = std::get<PersonRecord>(decoded);
  EXPECT_EQ(person.station_key, "40830");
  EXPECT_EQ(person.station_name, "UIC-Halsted");
  EXPECT_TRUE(std::holds_alternative<FrameRefusal>(decode_person(json::parse(R"({"line":"blue"})"))));
}

TEST(RecordKind, is_told_by_the_words_of_the_topic) {
  for (const char* topic :
       {"arrivals", "org.chicago.cta.station.arrivals.v1", "station.arrivals.clark_lake", "harbour-arrival"}) {
    EXPECT_EQ(record_kind(topic), RecordKind::kArrival) << topic;
  }
  for (const char* topic : {"turnstile", "org.chicago.cta.turnstile.v1", "turnstiles_east"}) {
    EXPECT_EQ(record_kind(topic), RecordKind::kPerson) << topic;
  }
  for (const char* topic : {"weather", "post-1", "myarrivals", "", "."}) {
    EXPECT_EQ(record_kind(topic), RecordKind::kWeather) << topic;
  }
}

TEST(KafkaRest, gives_rail_records_the_time_of_their_key) {
  const auto result = decode_kafka_rest("turnstile", "application/vnd.kafka.json.v2+json",
                                        R"({"records":[{"key":{"timestamp":1792656000000},"value":{"station_id":1}},
                                                       {"key":{"timestamp":"now"},"value":{"station_id":1}}, {"value":7}]})",
                                        10);
  const auto& records = std::get<std::vector<PushedUpload>>(result);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(std::get<PersonRecord>(records[0]).device_time, UtcTime::from_seconds(1'792'656'000));
  EXPECT_TRUE(std::get<PersonRecord>(records[1]).device_time_unreadable);
  EXPECT_EQ(std::get<FrameRefusal>(records[2]).reason, FrameReason::kBadRequest);
}

}  // namespace
}  // namespace wayside::edge
