// Proves what a table of stations is read as: our own columns and the CTA's, several rows a station, and rows that are
// refused. The CTA's whole table is read from $WAYSIDE_CAPTURES where that is set.
#include "edge/drivers/station_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace wayside::edge {
namespace {

using nlohmann::json;

constexpr const char* kCta =
    "stop_id,direction_id,stop_name,station_name,station_descriptive_name,station_id,order,red,blue,green\n"
    "30074,E,Clark/Lake (Outer Loop),Clark/Lake,\"Clark/Lake (Blue, Brown Lines)\",40380,14,FALSE,FALSE,TRUE\n"
    "30075,W,Clark/Lake (Inner Loop),Clark/Lake,\"Clark/Lake (Blue, Brown Lines)\",40380,14,FALSE,FALSE,TRUE\n"
    "30375,S,Clark/Lake (Forest Pk-bound),Clark/Lake,\"Clark/Lake (Blue, Brown Lines)\",40380,16,FALSE,TRUE,FALSE\n"
    "30381,S,Addison (Loop-bound),Addison,Addison (Brown Line),41440,8,FALSE,FALSE,FALSE\n";

class StationFile : public testing::Test {
 protected:
  StationFile() : path_(testing::TempDir() + "stations-" + std::to_string(::getpid()) + ".csv") {}
  ~StationFile() override { std::filesystem::remove(path_); }

  std::vector<TableStation> read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    auto stations =
        read_station_file(path_, "rail", [this](const std::string& why, const std::string&) { refused_.push_back(why); });
    EXPECT_TRUE(stations.ok());
    return stations ? *stations : std::vector<TableStation>{};
  }

  std::string path_;
  std::vector<std::string> refused_;
};

TEST_F(StationFile, turns_the_ctas_columns_into_station_order_and_line) {
  const auto stations = read(kCta);
  ASSERT_EQ(stations.size(), 2U);
  EXPECT_EQ(stations[0].key, "40380");
  EXPECT_EQ(stations[0].name, "Clark/Lake");
  EXPECT_EQ(stations[0].lines, (std::vector<std::string>{"green", "blue"}));
  EXPECT_EQ(stations[0].stop_sequence, (std::map<std::string, std::int64_t>{{"green", 14}, {"blue", 16}}));
  EXPECT_FALSE(stations[0].lat);
  EXPECT_EQ(stations[1].key, "41440");
  EXPECT_TRUE(stations[1].lines.empty()) << "a line that the table has no column for";
  EXPECT_TRUE(stations[1].stop_sequence.empty());
  EXPECT_TRUE(refused_.empty());
}

TEST_F(StationFile, makes_station_information_of_them) {
  const auto stations =
      read("station_id,name,lat,lon,line,stop_sequence,address\n7,Quay,41.5,-36.4,blue,3,Mill Lane\n7,,,,red,1,\n");
  ASSERT_EQ(stations.size(), 1U);
  EXPECT_EQ(json::parse(station_info_json(stations[0], "r-7", {"arrival"}, 60)),
            json::parse(R"({"station_id":"r-7","kind":"rail",
    "name":"Quay","lat":41.5,"lon":-36.4,"address":"Mill Lane","lines":["blue","red"],"stop_sequence":{"blue":3,"red":1},
    "streams":{"arrival":{"report_interval_s":60}}})"));
}

TEST_F(StationFile, refuses_rows_by_themselves) {
  const auto stations = read(
      "station_id,name,lat,lon,kind,capacity,stop_sequence\n,None,1,2,,,\n1,Far,91,0,,,\n2,Odd,1,2,airport,,\n3,Docks,1,2,bike,"
      "many,\n"
      "4,Half,1,2,,,1.5\n5,Short\n6,Good,1,2,bike,20,\n");
  ASSERT_EQ(stations.size(), 1U);
  EXPECT_EQ(stations[0].kind, "bike");
  EXPECT_EQ(stations[0].capacity, 20);
  EXPECT_EQ(refused_.size(), 6U);
}

TEST_F(StationFile, a_file_without_stations_column_or_none_at_all_is_an_error) {
  std::ofstream(path_) << "id,name\n1,x\n";
  const auto ignore = [](const std::string&, const std::string&) {};
  EXPECT_FALSE(read_station_file(path_, "rail", ignore).ok());
  EXPECT_FALSE(read_station_file(path_ + ".none", "rail", ignore).ok());
}

TEST(StationFileCaptures, reads_the_whole_cta_table) {
  const char* captures = std::getenv("WAYSIDE_CAPTURES");
  if (captures == nullptr) GTEST_SKIP() << "captures: WAYSIDE_CAPTURES names no folder";
  int refused = 0;
  const auto stations = read_station_file(std::string(captures) + "/cta/cta_stations.csv", "rail",
                                          [&refused](const std::string&, const std::string&) { ++refused; });
  ASSERT_TRUE(stations.ok());
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(stations->size(), 111U);
  std::map<std::string, int> on_line;
  for (const TableStation& station : *stations) {
    for (const std::string& line : station.lines) ++on_line[line];
  }
  EXPECT_EQ(on_line, (std::map<std::string, int>{{"red", 33}, {"blue", 33}, {"green", 28}}));
}

}  // namespace
}  // namespace wayside::edge
