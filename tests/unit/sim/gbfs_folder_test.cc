// Proves that a folder of published files is served as it is, that a bare list of status rows becomes a feed, and that
// shifting to now keeps the distances between stations.

#include "firmware-sim/gbfs_folder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/sim/temporary_folder.h"

namespace wayside::sim {
namespace {

using Json = nlohmann::ordered_json;
constexpr UtcTime kNow = UtcTime::from_seconds(1'795'000'000);
constexpr const char* kInformation =
    R"({"last_updated":1758485243,"ttl":60,"version":"2.3","data":{"stations":[{"station_id":"a","name":"A","lat":1.5,"lon":2}]}})";
constexpr const char* kRows =
    R"([{"station_id":"a","num_bikes_available":8,"is_renting":1,"last_reported":1759438557,"name":"A","lat":1.5,"color":"#fff"},
        {"station_id":"b","num_bikes_available":0,"is_renting":1,"last_reported":1750000000},{"no_id":1}])";

TEST(GbfsFolder, turns_rows_into_a_status_feed) {
  TemporaryFolder folder;
  folder.write("station_information.v2.3.json", kInformation);
  folder.write("station_status_updated.enriched.json", kRows);
  folder.write("gbfs.json", "{}");
  auto feed = GbfsFolder::open({folder.path(), true, -1}, kNow);
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ((*feed)->names(), (std::vector<std::string>{"station_information", "station_status"}));
  const Json stations = Json::parse((*feed)->document("station_status", "")->body)["data"]["stations"];
  ASSERT_EQ(stations.size(), 2u);
  EXPECT_EQ(stations[0].dump(), R"({"station_id":"a","num_bikes_available":8,"is_renting":1,"last_reported":1795000000})");
  EXPECT_EQ(stations[1]["last_reported"], 1'795'000'000 - (1'759'438'557 - 1'750'000'000));
  EXPECT_EQ((*feed)->document("other", ""), nullptr);
}

TEST(GbfsFolder, serves_files_unchanged_without_a_shift) {
  TemporaryFolder folder;
  folder.write("station_information.json", kInformation);
  folder.write("station_status.json", R"({"last_updated":1758485243,"ttl":7,"data":{"stations":[]}})");
  auto feed = GbfsFolder::open({folder.path(), false, -1}, kNow);
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ((*feed)->document("station_information", "")->body, Json::parse(kInformation).dump());
  EXPECT_EQ((*feed)->ttl_s(), 7);
  EXPECT_EQ((*feed)->version(), "");
}

TEST(GbfsFolder, names_what_a_folder_lacks) {
  TemporaryFolder folder;
  folder.write("station_information.json", kInformation);
  EXPECT_FALSE(GbfsFolder::open({folder.path(), false, -1}, kNow).ok());
  folder.write("station_status.json", "not JSON");
  EXPECT_FALSE(GbfsFolder::open({folder.path(), false, -1}, kNow).ok());
}

}  // namespace
}  // namespace wayside::sim
