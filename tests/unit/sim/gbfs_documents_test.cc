// Proves the three shapes of GBFS on one hand-made station, against the texts of the specification: flags as 1/0 or
// booleans, times as numbers or RFC 3339, names as text or localized, and the index in both forms.

#include "firmware-sim/gbfs_documents.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wayside::sim {
namespace {

using Json = nlohmann::json;

BikeStation example() {
  BikeStation station;
  station.id = "72";
  station.place = {"Dock Street & 4th Avenue", 41.5, -36.4, 1};
  station.capacity = 31;
  station.bikes = 12;
  station.docks = 18;
  station.bikes_disabled = 1;
  station.last_reported_s = 1'795'000'060;
  return station;
}

GbfsHead head(GbfsVersion version) { return {version, 1'795'000'000, 5, 0}; }

Json first(const std::string& document) { return Json::parse(document)["data"]["stations"][0]; }

TEST(GbfsDocuments, writes_1_1_with_numbers_for_flags) {
  const std::string document = station_status(head(GbfsVersion::k1_1), {example()});
  EXPECT_EQ(Json::parse(document)["version"], "1.1");
  EXPECT_EQ(first(document), Json::parse(R"({"station_id":"72","num_bikes_available":12,"num_bikes_disabled":1,
    "num_docks_available":18,"num_docks_disabled":0,"is_installed":1,"is_renting":1,"is_returning":1,
    "last_reported":1795000060})"));
}

TEST(GbfsDocuments, writes_2_3_with_booleans) {
  BikeStation closed = example();
  closed.habit = Habit::kClosed;
  const Json station = first(station_status(head(GbfsVersion::k2_3), {closed}));
  EXPECT_EQ(station["is_installed"], true);
  EXPECT_EQ(station["is_renting"], false);
  EXPECT_EQ(station["is_returning"], false);
  EXPECT_EQ(station["last_reported"], 1'795'000'060);
}

TEST(GbfsDocuments, writes_3_0_with_vehicles_texts_and_times) {
  const std::string status = station_status(head(GbfsVersion::k3_0), {example()});
  EXPECT_EQ(Json::parse(status)["last_updated"], "2026-11-18T11:06:40.000Z");
  EXPECT_EQ(first(status)["num_vehicles_available"], 12);
  EXPECT_FALSE(first(status).contains("num_bikes_available"));
  EXPECT_EQ(first(status)["last_reported"], "2026-11-18T11:07:40.000Z");
  const Json information = first(station_information(head(GbfsVersion::k3_0), {example()}));
  EXPECT_EQ(information["name"], Json::parse(R"([{"text":"Dock Street & 4th Avenue","language":"en"}])"));
}

TEST(GbfsDocuments, keeps_the_times_of_stations_that_never_reported) {
  BikeStation never = example();
  never.last_reported_s = 86'400;
  GbfsHead zero = head(GbfsVersion::k2_3);
  zero.clock_offset_s = -1'795'000'000;
  EXPECT_EQ(first(station_status(zero, {never}))["last_reported"], 86'400);
  EXPECT_EQ(first(station_status(zero, {example()}))["last_reported"], 60);
}

TEST(GbfsDocuments, indexes_by_language_before_3_0) {
  const Json old = Json::parse(gbfs_index("", 5, 60, "http://h:1", {"station_status"}));
  EXPECT_FALSE(old.contains("version"));
  EXPECT_EQ(old["data"]["en"]["feeds"][0]["url"], "http://h:1/station_status.json");
  const Json now = Json::parse(gbfs_index("3.0", 1'795'000'000, 60, "http://h:1", {"station_status"}));
  EXPECT_EQ(now["data"]["feeds"][0]["name"], "station_status");
  EXPECT_EQ(now["last_updated"], "2026-11-18T11:06:40.000Z");
}

}  // namespace
}  // namespace wayside::sim
