// Proves that GBFS 1.x, 2.x and 3.0 feeds become the contract's fields, on hand-written documents of each version.
#include "edge/drivers/gbfs_decoder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wayside::edge {
namespace {

using nlohmann::json;

std::string status_feed(const std::string& station) {
  return R"({"last_updated":1700000000,"ttl":60,"data":{"stations":[)" + station + "]}}";
}

GbfsStatus only_status(const std::string& station) {
  auto feed = parse_gbfs_status(status_feed(station));
  EXPECT_TRUE(feed.ok());
  EXPECT_EQ(feed->stations.size(), 1U);
  return feed->stations.at(0);
}

TEST(GbfsFeeds, are_found_by_language_in_2_and_without_in_3) {
  const std::string list =
      R"([{"name":"station_information","url":"http://h/i"},{"name":"station_status","url":"http://h/s"}])";
  auto two = parse_gbfs_feeds(R"({"version":"2.3","data":{"en":{"feeds":)" + list + "}}}", "");
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->version, "2.3");
  EXPECT_EQ(two->urls["station_status"], "http://h/s");
  auto three = parse_gbfs_feeds(R"({"version":"3.0","data":{"feeds":)" + list + "}}", "en");
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(three->urls["station_information"], "http://h/i");
  EXPECT_FALSE(parse_gbfs_feeds(R"({"data":{"en":{"feeds":)" + list + "}}}", "fr").ok());
  EXPECT_FALSE(parse_gbfs_feeds(R"({"data":{"feeds":[]}})", "").ok());
  EXPECT_FALSE(parse_gbfs_feeds("<html>", "").ok());
}

TEST(GbfsStatusFeed, takes_flags_as_booleans_or_as_1_and_0) {
  const auto numbers = only_status(
      R"({"station_id":"72","num_bikes_available":3,"is_renting":1,"is_installed":0,"is_returning":true,"last_reported":1700000000})");
  const json values = json::parse(numbers.values);
  EXPECT_EQ(values["is_renting"], true);
  EXPECT_EQ(values["is_installed"], false);
  EXPECT_EQ(values["is_returning"], true);
  EXPECT_EQ(values["num_bikes_available"], 3);
  EXPECT_EQ(numbers.last_reported, UtcTime::from_seconds(1'700'000'000));
  EXPECT_FALSE(values.contains("station_id"));
  EXPECT_FALSE(values.contains("last_reported"));
}

TEST(GbfsStatusFeed, gives_3_0_names_and_times_their_2_3_form) {
  const auto status = only_status(
      R"({"station_id":"72","num_vehicles_available":4,"num_vehicles_disabled":1,"last_reported":"2023-11-14T22:13:20+00:00"})");
  const json values = json::parse(status.values);
  EXPECT_EQ(values["num_bikes_available"], 4);
  EXPECT_EQ(values["num_bikes_disabled"], 1);
  EXPECT_FALSE(values.contains("num_vehicles_available"));
  EXPECT_EQ(status.last_reported, UtcTime::from_seconds(1'700'000'000));
}

TEST(GbfsStatusFeed, treats_times_before_gbfs_existed_as_never_reported) {
  EXPECT_FALSE(only_status(R"({"station_id":"1","last_reported":86400})").last_reported.has_value());
  EXPECT_FALSE(only_status(R"({"station_id":"1","last_reported":1450155599})").last_reported.has_value());
  EXPECT_TRUE(only_status(R"({"station_id":"1","last_reported":1450155600})").last_reported.has_value());
  EXPECT_FALSE(only_status(R"({"station_id":"1","last_reported":null})").last_reported.has_value());
}

TEST(GbfsStatusFeed, keeps_unknown_fields_and_leaves_nulls_out) {
  const json values = json::parse(
      only_status(R"({"station_id":"1","last_reported":1700000000,"legacy_id":"9","num_scooters_available":null,)"
                  R"("num_scooters_unavailable":2.0,"vehicle_types_available":[{"vehicle_type_id":"1","count":2}]})")
          .values);
  EXPECT_EQ(values["legacy_id"], "9");
  EXPECT_FALSE(values.contains("num_scooters_available"));
  EXPECT_EQ(values["num_scooters_unavailable"].dump(), "2") << "a whole number sent as 2.0";
  EXPECT_EQ(values["vehicle_types_available"][0]["count"], 2);
}

TEST(GbfsStatusFeed, fingerprints_differ_with_any_field_and_not_with_their_order) {
  const auto print = [](const std::string& station) { return only_status(station).fingerprint; };
  const auto base = print(R"({"station_id":"1","last_reported":1700000000,"a":1,"b":2})");
  EXPECT_EQ(base, print(R"({"b":2,"a":1,"last_reported":1700000000,"station_id":"1"})"));
  EXPECT_NE(base, print(R"({"station_id":"1","last_reported":1700000001,"a":1,"b":2})"));
  EXPECT_NE(base, print(R"({"station_id":"1","last_reported":1700000000,"a":1,"b":3})"));
}

TEST(GbfsStatusFeed, sets_bad_objects_aside_and_takes_the_rest) {
  auto feed = parse_gbfs_status(status_feed(
      R"({"num_bikes_available":1},{"station_id":"2","last_reported":"soon"},7,{"station_id":"3","last_reported":1700000000})"));
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ(feed->refused.size(), 3U);
  ASSERT_EQ(feed->stations.size(), 1U);
  EXPECT_EQ(feed->stations[0].station_id, "3");
  EXPECT_EQ(feed->ttl_s, 60U);
}

TEST(GbfsStatusFeed, drops_a_known_field_that_cannot_fit_the_contract) {
  const json values = json::parse(
      only_status(
          R"({"station_id":"1","last_reported":1700000000,"num_bikes_available":-1,"num_docks_available":"many","num_bikes_disabled":2})")
          .values);
  EXPECT_FALSE(values.contains("num_bikes_available"));
  EXPECT_FALSE(values.contains("num_docks_available"));
  EXPECT_EQ(values["num_bikes_disabled"], 2);
}

TEST(GbfsStatusFeed, takes_numbers_and_flags_that_came_as_texts_and_names_what_does_not_fit) {
  const auto feed = parse_gbfs_status(
      R"({"ttl":"60","data":{"stations":[{"station_id":"1","last_reported":"1700000000","num_bikes_available":"7",)"
      R"("is_renting":"true","is_returning":"0","is_installed":"yes","num_docks_available":"many"}]}})");
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ(feed->ttl_s, 60U);
  ASSERT_EQ(feed->stations.size(), 1U);
  const GbfsStatus& status = feed->stations[0];
  EXPECT_EQ(status.last_reported, UtcTime::from_seconds(1'700'000'000));
  EXPECT_EQ(json::parse(status.values), json::parse(R"({"num_bikes_available":7,"is_renting":true,"is_returning":false})"));
  EXPECT_EQ(status.left_out, (std::vector<std::string>{"is_installed", "num_docks_available"}));
}

TEST(GbfsStatusFeed, loses_a_character_to_a_bad_byte_and_a_field_to_a_number_without_end) {
  const auto feed = parse_gbfs_status(
      "{\"data\":{\"stations\":[{\"station_id\":\"1\",\"last_reported\":1700000000,\"note\":\"a\xFF\xC3(\xE2\x82\xAC\"},"
      "{\"station_id\":\"2\",\"last_reported\":1700000000,\"num_bikes_available\":1e400,\"num_docks_available\":-2.5e-1},"
      "{\"station_id\":\"3\",\"last_reported\":1700000000,\"note\":\"1e400 \\\" 1e400\",\"num_bikes_available\":3}]}}");
  ASSERT_TRUE(feed.ok()) << feed.error().message;
  ASSERT_EQ(feed->stations.size(), 3U);
  EXPECT_EQ(json::parse(feed->stations[0].values)["note"], "a\uFFFD\uFFFD(\u20AC");
  EXPECT_EQ(feed->stations[1].left_out, (std::vector<std::string>{"num_bikes_available", "num_docks_available"}));
  EXPECT_EQ(json::parse(feed->stations[2].values)["note"], "1e400 \" 1e400");
  EXPECT_EQ(json::parse(feed->stations[2].values)["num_bikes_available"], 3);
}

TEST(GbfsStatusFeed, sets_a_station_aside_that_is_nested_too_deep) {
  const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
  const auto feed = parse_gbfs_status(
      R"({"ttl":10,"data":{"stations":[{"station_id":"1","num_bikes_available":1,"last_reported":1700000000},)"
      R"({"station_id":"2","last_reported":1700000000,"x":)" +
      deep + R"(},{"station_id":"3","num_bikes_available":3,"last_reported":1700000000}]}})");
  ASSERT_TRUE(feed.ok()) << feed.error().message;
  ASSERT_EQ(feed->stations.size(), 2U);
  EXPECT_EQ(feed->stations[0].station_id, "1");
  EXPECT_EQ(feed->stations[1].station_id, "3");
  ASSERT_EQ(feed->refused.size(), 1U);
  EXPECT_EQ(json::parse(feed->refused[0])["station_id"], "2");
}

TEST(GbfsStatusFeed, takes_no_harm_from_depth_elsewhere) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(parse_gbfs_status(deep).ok());
  const auto feed =
      parse_gbfs_status("{\"x\":" + deep + std::string(100'000, ']') + R"(,"data":{"stations":[{"station_id":"1"}]}})");
  ASSERT_TRUE(feed.ok()) << feed.error().message;
  EXPECT_EQ(feed->stations.size(), 1U);
  EXPECT_TRUE(feed->refused.empty());
}

TEST(GbfsInformation, takes_names_in_the_wanted_language) {
  auto information = parse_gbfs_information(
      R"({"ttl":10,"data":{"stations":[{"station_id":"1","name":[{"text":"Gare","language":"fr"},{"text":"Station","language":"en"}],"lat":1,"lon":2,"capacity":null}]}})",
      "en");
  ASSERT_TRUE(information.ok());
  const json info = json::parse(information->stations.at(0).info);
  EXPECT_EQ(info["name"], "Station");
  EXPECT_EQ(info["kind"], "bike");
  EXPECT_FALSE(info.contains("capacity"));
}

TEST(GbfsInformation, refuses_a_feed_without_stations) {
  EXPECT_FALSE(parse_gbfs_information("{}", "").ok());
  EXPECT_FALSE(parse_gbfs_information(R"({"data":{"stations":{}}})", "").ok());
}

}  // namespace
}  // namespace wayside::edge
