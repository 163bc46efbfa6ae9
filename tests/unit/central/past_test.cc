// Proves that the past is what the present was: for times chosen at random, whichever tier the readings lie in, a stream is as
// folding all that was observed by then makes it; what silver no longer has is told by gold, and says so; what is kept in
// memory is bounded and never older than the database.
#include "central/past_reader.h"
#include "central/picture.h"
#include "tests/unit/central/layers_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;
using test::Seeded;

class PastTest : public LayersTest {
 protected:
  struct Past : BoardStream {
    std::optional<Resolution> mean_of;
  };
  Past past(Stream stream, std::int64_t at) {
    Past found;
    found.values.stream = stream;
    found.report_interval_s = 60;
    auto reader = PastReader::open(*database_, tracks_);
    EXPECT_TRUE(reader.ok());
    const auto read = (*reader)->read(StationPk{1}, UtcTime{at}, found);
    EXPECT_TRUE(read.ok());
    if (read.ok()) found.mean_of = *read;
    return found;
  }
  /// The same by folding everything.
  BoardStream expected(Stream stream, std::int64_t at) const {
    BoardStream told;
    told.values.stream = stream;
    std::vector<const MadeReading*> known;
    for (const MadeReading& made : made_) {
      if (made.stream == stream && made.clock_known && made.at <= at) known.push_back(&made);
    }
    std::stable_sort(known.begin(), known.end(), [](auto* a, auto* b) { return a->at < b->at; });
    for (const MadeReading* made : known) {
      Reading reading;
      reading.observed_at = UtcTime{made->at};
      reading.values = made->values.dump();
      told.values.apply(reading, {}, kGapMs);
    }
    told.state = judge_stream(told.values, 60, UtcTime{at}).state;
    return told;
  }
  void expect_same(Stream stream, std::int64_t at) {
    const Past found = past(stream, at);
    const BoardStream told = expected(stream, at);
    const std::string when = format_rfc3339(UtcTime{at}) + " " + std::string(to_text(stream));
    EXPECT_EQ(found.values.observed_at, told.values.observed_at) << when;
    EXPECT_EQ(json::parse(found.values.values_json()), json::parse(told.values.values_json())) << when;
    EXPECT_EQ(to_text(found.state), to_text(told.state)) << when;
    EXPECT_FALSE(found.mean_of) << when;
  }
  MadeReading random_reading(Seeded& chance, std::int64_t at, std::uint64_t seq) {
    const Stream stream = chance.one_in(2) ? Stream::kWeather : Stream::kBikeStatus;
    MadeReading reading{at, chance.one_in(9) ? 0 : seq, stream, json::object(), !chance.one_in(15)};
    if (chance.one_in(6)) return reading;  // a heartbeat
    if (stream == Stream::kBikeStatus) {
      reading.values["num_bikes_available"] = chance.number(0, 20);
      if (chance.one_in(5)) reading.values["is_installed"] = false;
    } else {
      if (!chance.one_in(3)) reading.values["air_temperature_C"] = static_cast<double>(chance.number(0, 30)) + 0.5;
      if (chance.one_in(2)) reading.values["relative_humidity_pct"] = chance.number(1, 99);
    }
    return reading;
  }
  /// One reading each 10 minutes of the day before yesterday, with a silence from 08:00 to 12:00.
  void make_day() {
    for (std::int64_t at = kTodayMs - 2 * kDayMs; at < kTodayMs - kDayMs; at += 60'000) {
      const std::int64_t hour = (at - (kTodayMs - 2 * kDayMs)) / 3'600'000;
      if (hour >= 8 && hour < 12) continue;
      make({at, made_.size() + 1, Stream::kBikeStatus, {{"num_bikes_available", hour}, {"num_docks_available", 30 - hour}}});
    }
    fold_new();
    tend();
  }

  DayTracks tracks_;
};

TEST_F(PastTest, is_what_the_present_was_whatever_tier_it_lies_in) {
  Seeded chance;
  std::vector<MadeReading> all;
  std::int64_t at = kTodayMs - 3 * kDayMs;
  for (std::uint64_t seq = 1; at < kNoonMs - kGapMs; ++seq) {
    at += static_cast<std::int64_t>(chance.one_in(40) ? chance.number(1, 40) * 60'000 : chance.number(0, 8) * 60'000);
    all.push_back(random_reading(chance, std::min(at, kNoonMs), seq));
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    std::swap(all[i], all[std::min(all.size() - 1, i + chance.number(0, chance.one_in(9) ? 300 : 3))]);
  const auto compare = [&] {
    for (int round = 0; round < 60; ++round) {
      const std::int64_t when = chance.one_in(3)
                                    ? made_[chance.number(0, made_.size() - 1)].at
                                    : kTodayMs - 3 * kDayMs + static_cast<std::int64_t>(chance.number(0, 3 * kDayMs));
      for (const Stream stream : {Stream::kBikeStatus, Stream::kWeather}) expect_same(stream, when);
    }
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    make(all[i]);
    if (i + 1 < all.size() && i % 200 != 199) continue;
    fold_new();
    compare();
    tend();
    compare();
  }
  EXPECT_GT(number("SELECT count(*) FROM reading_block"), 3);
  EXPECT_GT(tracks_.counters().made_total, 3U);
}

TEST_F(PastTest, before_the_first_reading_a_station_never_was_and_behind_the_last_it_is_silent) {
  make_day();
  const std::int64_t day = kTodayMs - 2 * kDayMs;
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, day - 1).state), "never");
  EXPECT_EQ(past(Stream::kBikeStatus, day - 1).values.values_json(), "{}");
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, day).state), "live");
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, day + 8 * 3'600'000 + 90'000).state), "late");
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, day + 10 * 3'600'000).state), "silent");
  EXPECT_EQ(past(Stream::kBikeStatus, day + 10 * 3'600'000).values.integer("num_bikes_available"), 7);
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, kNoonMs).state), "silent");
}

TEST_F(PastTest, what_an_hour_says_later_was_not_known_at_its_beginning) {
  const std::int64_t half_past = kTodayMs - 2 * kDayMs + 8 * 3'600'000 + 1'800'000;
  for (std::int64_t at = half_past; at < half_past + 600'000; at += 60'000)
    make({at, made_.size() + 1, Stream::kBikeStatus, {{"num_bikes_available", 5}}});
  fold_new();
  tend();
  ASSERT_FALSE(gold(Stream::kBikeStatus, Resolution::kHour, 0, kTodayMs).empty());
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, half_past - 60'000).state), "never");
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, half_past).state), "live");
}

TEST_F(PastTest, what_comes_late_changes_a_day_that_is_in_memory) {
  make_day();
  const std::int64_t when = kTodayMs - 2 * kDayMs + 10 * 3'600'000;
  ASSERT_EQ(past(Stream::kBikeStatus, when).values.integer("num_bikes_available"), 7);
  make({when - 30'000, made_.size() + 1, Stream::kBikeStatus, {{"num_bikes_available", 25}}});
  fold_new();
  EXPECT_EQ(past(Stream::kBikeStatus, when).values.integer("num_bikes_available"), 25) << "not closed yet";
  tend(1);
  ASSERT_EQ(number("SELECT count(*) FROM reading"), 0);
  EXPECT_EQ(past(Stream::kBikeStatus, when).values.integer("num_bikes_available"), 25) << "closed again";
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, when).state), "live");
}

TEST_F(PastTest, where_readings_are_gone_gold_tells_it_and_says_so) {
  make_day();
  const std::int64_t day = kTodayMs - 2 * kDayMs;
  open("cluster-a", {});
  tend(24 * 40);
  ASSERT_EQ(number("SELECT count(*) FROM reading_block"), 0);
  const Past seven = past(Stream::kBikeStatus, day + 7 * 3'600'000 + 1'800'000);
  EXPECT_EQ(seven.mean_of, Resolution::kHour);
  EXPECT_EQ(seven.values.observed_at, UtcTime{day + 7 * 3'600'000});
  EXPECT_EQ(seven.values.integer("num_bikes_available"), 7);
  EXPECT_EQ(seven.values.integer("num_docks_available"), 23);
  EXPECT_EQ(to_text(seven.state), "live");
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, day + 11 * 3'600'000).state), "silent");
  EXPECT_EQ(to_text(past(Stream::kBikeStatus, day - 1).state), "never");
  open("cluster-a", {});
  tend(24 * 800);
  const Past whole = past(Stream::kBikeStatus, day + 7 * 3'600'000);
  EXPECT_EQ(whole.mean_of, Resolution::kDay);
  EXPECT_EQ(whole.values.observed_at, UtcTime{day});
}

TEST(DayTracks, keeps_the_last_used_within_its_limit) {
  std::vector<SilverRow> rows(1000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].key.observed_at = static_cast<std::int64_t>(i) * 1000;
  const auto track = std::make_shared<const DayTrack>(rows, 0);
  EXPECT_EQ(track->until(999), 1U);
  EXPECT_EQ(track->until(1000), 2U);
  EXPECT_EQ(track->until(-1), 0U);
  DayTracks tracks(track->bytes() * 2 + 1);
  for (std::int64_t key = 1; key <= 3; ++key) {
    tracks.keep({key, 7, 1000}, track);
    EXPECT_EQ(tracks.find({1, 7, 1000}) != nullptr, true) << "1 is used all the while";
  }
  EXPECT_EQ(tracks.find({2, 7, 1000}), nullptr);
  EXPECT_NE(tracks.find({3, 7, 1000}), nullptr);
  EXPECT_EQ(tracks.find({3, 8, 1000}), nullptr) << "another writing of the block";
  EXPECT_EQ(tracks.counters().dropped_total, 1U);
  EXPECT_LE(tracks.counters().bytes, track->bytes() * 2 + 1);
}

TEST(PictureOfThePast, is_a_row_for_each_station_with_no_time_that_is_not_known) {
  const std::string path = std::filesystem::temp_directory_path() / ("wayside_picture_" + std::to_string(::getpid()) + ".db");
  auto database = SqlDatabase::open(path);
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE(prepare_schema(*database, UtcTime{kNoonMs}).ok());
  DayTracks tracks;
  BoardStation station;
  station.id = "72";
  station.streams.emplace_back().report_interval_s = 60;
  const HttpResponse answer = answer_picture(*database, tracks, {station}, UtcTime{kNoonMs});
  const json picture = json::parse(answer.body);
  EXPECT_EQ(picture["at"], "2026-11-20T12:00:00.000Z");
  EXPECT_EQ(picture["stations"].size(), 1U);
  EXPECT_EQ(picture["stations"][0]["state"], "never");
  EXPECT_TRUE(picture["stations"][0]["observed_at"].is_null());
  EXPECT_TRUE(picture["stations"][0]["mean_of"].is_null());
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
}

}  // namespace
}  // namespace wayside::central
