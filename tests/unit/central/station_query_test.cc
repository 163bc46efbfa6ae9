// Proves which stations a list holds and in which order: filters, distance, words with case and diacritics folded, pages
// that lose and repeat nothing, and what must be refused.
#include "central/station_query.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "central/station_table.h"
#include "central/text_search.h"

namespace wayside::central {
namespace {

constexpr UtcTime kNow{1'795'176'000'000};

StateField field(std::string_view name, std::string_view value) {
  return {"\"" + std::string(name) + "\"", std::string(value), kNow};
}

class StationQueryTest : public ::testing::Test {
 protected:
  struct Made {
    std::string id;
    std::string info;
    std::int64_t age_ms = 0;
    std::vector<StateField> fields = {field("num_bikes_available", "3"), field("num_docks_available", "0")};
  };

  void put(Made made) {
    StationChange change;
    change.station_id = made.id;
    change.agent = "a";
    change.info = std::make_shared<const StationInfo>(*parse_station_info(made.info));
    StreamState state;
    state.observed_at = state.received_at = state.stored_at = UtcTime{kNow.ms - made.age_ms};
    state.fields = std::move(made.fields);
    change.streams.push_back(std::move(state));
    std::vector<StationChange> changes;
    changes.push_back(std::move(change));
    board_.apply(std::move(changes), kNow);
  }

  std::string ids(const std::string& text) {
    QueryParams params(text);
    const StationQuery query = StationQuery::read(params);
    EXPECT_FALSE(params.error()) << params.error()->message;
    std::string out;
    for (const StationHit& hit : find_stations(board_, query).hits) out += (out.empty() ? "" : " ") + hit.station->id;
    return out;
  }

  /// All pages of one station each.
  std::string paged(const std::string& text) {
    std::string out;
    std::string cursor;
    for (int pages = 0; pages < 50; ++pages) {
      QueryParams params(text + "&limit=1" + cursor);
      const StationPage page = find_stations(board_, StationQuery::read(params));
      EXPECT_FALSE(params.error());
      for (const StationHit& hit : page.hits) out += (out.empty() ? "" : " ") + hit.station->id;
      if (!page.next_cursor) return out;
      cursor = "&cursor=" + *page.next_cursor;
    }
    return "no end";
  }

  std::string refused(const std::string& text) {
    QueryParams params(text);
    static_cast<void>(StationQuery::read(params));
    return params.error() ? params.error()->message : "";
  }

  Board board_{60};
};

TEST_F(StationQueryTest, near_sorts_by_distance_and_keeps_to_the_radius) {
  put({"far", R"({"kind":"bike","lat":40.0,"lon":-73.9})"});
  put({"close", R"({"kind":"bike","lat":40.0,"lon":-73.999})"});
  put({"here", R"({"kind":"bike","lat":40.0,"lon":-74.0})"});
  put({"nowhere", R"({"kind":"bike"})"});
  EXPECT_EQ(ids("near=-74,40&radius_m=1000"), "here close");
  EXPECT_EQ(ids("near=-74,40&radius_m=10000"), "here close far");
  EXPECT_EQ(ids("near=-74,40&radius_m=80"), "here");
  EXPECT_EQ(paged("near=-74,40&radius_m=10000"), "here close far");
  EXPECT_NEAR(distance_m(-74, 40, -73.9, 40), 8518, 20);
  EXPECT_NEAR(distance_m(179.95, 0, -179.95, 0), 11'119, 20);
}

TEST_F(StationQueryTest, a_number_of_bikes_counts_where_it_can_be_believed_and_had) {
  put({"has", R"({"kind":"bike"})"});
  put({"silent", R"({"kind":"bike"})", 301'000});
  put({"late", R"({"kind":"bike"})", 150'000});
  put({"closed", R"({"kind":"bike"})", 0, {field("num_bikes_available", "9"), field("is_renting", "false")}});
  put({"empty", R"({"kind":"bike"})", 0, {field("num_bikes_available", "0"), field("num_docks_available", "7")}});
  put({"unsaid", R"({"kind":"bike"})", 0, {}});
  EXPECT_EQ(ids("bikes_min=1"), "has late");
  EXPECT_EQ(ids("bikes_min=4"), "");
  EXPECT_EQ(ids("docks_min=1"), "empty");
  EXPECT_EQ(ids("bikes_min=0"), "empty has late");
  EXPECT_EQ(ids("bikes_min=1&state=silent"), "silent");
}

TEST_F(StationQueryTest, words_find_what_begins_with_them) {
  put({"1", R"({"kind":"bike","name":"Zürich Hauptbahnhof","address":"Bahnhofplatz 1"})"});
  put({"2", R"({"kind":"bike","name":"O'Hare Plaza","address":"5 Bahnhofplatz"})"});
  put({"3", R"({"kind":"bike","name":"Bahnhof Enge"})"});
  put({"4", R"({"kind":"rail","name":"Bahnhof \"Süd\""})"});
  EXPECT_EQ(ids("q=ZURICH"), "1");
  EXPECT_EQ(ids("q=z%C3%BCr+hau"), "1");
  EXPECT_EQ(ids("q=o%27har"), "2");
  EXPECT_EQ(ids("q=enge+bahn"), "3");
  EXPECT_EQ(ids("q=bahnhofplatz"), "1 2");
  EXPECT_EQ(ids("q=bahnhof+-+%22sud%22&kind=rail"), "4");
  EXPECT_EQ(ids("q=bahnhof&kind=bike").substr(0, 1), "3") << "a hit in the name comes first";
  EXPECT_EQ(ids("q=nothing"), "");
  EXPECT_EQ(ids("q=AND+OR+NOT"), "");
  EXPECT_EQ(ids("q=%22%22%22+zu"), "1");
  EXPECT_EQ(ids("q=zu%00haupt"), "1");
  EXPECT_EQ(paged("q=bahn"), ids("q=bahn"));
}

TEST_F(StationQueryTest, new_names_replace_old_ones_and_retired_stations_are_not_found) {
  put({"1", R"({"kind":"bike","name":"Old"})"});
  put({"1", R"({"kind":"bike","name":"New"})"});
  EXPECT_EQ(ids("q=old"), "");
  EXPECT_EQ(ids("q=new"), "1");
  StationChange gone;
  gone.station_id = "1";
  gone.shown = false;
  std::vector<StationChange> changes;
  changes.push_back(std::move(gone));
  board_.apply(std::move(changes), kNow);
  EXPECT_EQ(ids("q=new"), "");
  put({"1", R"({"kind":"bike","name":"Again"})"});
  EXPECT_EQ(ids("q=again"), "1");
}

TEST_F(StationQueryTest, lines_kinds_and_boxes_filter) {
  put({"blue", R"({"kind":"rail","lines":["blue","red"],"lat":41,"lon":179.9})"});
  put({"red", R"({"kind":"rail","lines":["red"],"lat":41,"lon":-179.9})"});
  put({"none", R"({"kind":"bike","lat":43,"lon":0})"});
  EXPECT_EQ(ids("line=red"), "blue red");
  EXPECT_EQ(ids("line=blue"), "blue");
  EXPECT_EQ(ids("line=re"), "");
  EXPECT_EQ(ids("bbox=179,40,-179,42"), "blue red");
  EXPECT_EQ(paged("kind=rail"), "blue red");
}

TEST_F(StationQueryTest, what_cannot_be_meant_is_refused) {
  for (const char* text :
       {"near=1", "near=181,0", "near=0,91", "near=a,b", "near=nan,0", "near=1,2,3", "radius_m=10", "near=0,0&radius_m=0",
        "near=0,0&radius_m=100001", "bikes_min=-1", "docks_min=x", "q=--", "limit=0", "cursor=%21", "near=0,0&cursor=MQ"}) {
    EXPECT_NE(refused(text), "") << text;
  }
  EXPECT_NE(refused("q=" + std::string(201, 'a')), "");
}

TEST_F(StationQueryTest, the_fingerprint_changes_with_the_stations_of_the_page_only) {
  put({"1", R"({"kind":"bike"})"});
  put({"2", R"({"kind":"weather"})"});
  const auto print = [this](const std::string& text) {
    QueryParams params(text);
    return find_stations(board_, StationQuery::read(params)).fingerprint();
  };
  const auto bikes = print("kind=bike");
  const auto all = print("");
  put({"2", R"({"kind":"weather","name":"x"})"});
  EXPECT_EQ(print("kind=bike"), bikes);
  EXPECT_NE(print(""), all);
}

TEST_F(StationQueryTest, csv_has_one_cell_a_column_and_quotes_what_must_be) {
  put({"1", R"({"kind":"bike","name":"Main, \"old\"\nside","capacity":7})"});
  QueryParams params("");
  const std::string text = stations_text(find_stations(board_, StationQuery::read(params)), ListFormat::kCsv, kNow);
  EXPECT_NE(text.find("\r\n1,bike,\"Main, \"\"old\"\"\nside\",,,,7,a,live,0,,live,"), std::string::npos) << text;
  const std::string header = text.substr(0, text.find("\r\n"));
  const std::string line = text.substr(text.find("live,0,,"));
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), 8 + std::count(line.begin(), line.end(), ','));
}

}  // namespace
}  // namespace wayside::central
