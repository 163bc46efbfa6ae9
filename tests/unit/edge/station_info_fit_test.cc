// Proves that one odd optional field does not cost a station its information.
#include "edge/station_info_fit.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/contract/message.h"

namespace wayside::edge {
namespace {

using nlohmann::json;

TEST(StationInfoFit, turns_numeric_texts_into_numbers_and_takes_odd_optional_fields_out) {
  StationInfo info{"72", R"({"kind":"bike","station_id":"72","name":"Pier","lat":"37.77","lon":-122.4,"capacity":-1,)"
                         R"("address":12,"lines":"A","colour":"blue"})"};
  EXPECT_EQ(fit_station_info(info), (std::vector<std::string>{"address", "capacity", "lines"}));
  EXPECT_FALSE(check_station_info(info.json, "72"));
  EXPECT_EQ(json::parse(info.json),
            json::parse(R"({"kind":"bike","station_id":"72","name":"Pier","lat":37.77,"lon":-122.4,"colour":"blue"})"));
}

TEST(StationInfoFit, leaves_a_bad_position_or_id_to_be_refused) {
  for (const char* text : {R"({"kind":"bike","lat":"north","lon":1})", R"({"kind":"bike","lat":91,"lon":1})",
                           R"({"kind":"bike","station_id":"73"})", "[]", "{"}) {
    StationInfo info{"72", text};
    fit_station_info(info);
    EXPECT_TRUE(check_station_info(info.json, "72")) << text;
  }
}

TEST(StationInfoFit, leaves_good_information_as_it_is) {
  StationInfo info{"72", R"({"kind":"bike",  "capacity":12})"};
  EXPECT_TRUE(fit_station_info(info).empty());
  EXPECT_EQ(info.json, R"({"kind":"bike",  "capacity":12})");
}

}  // namespace
}  // namespace wayside::edge
