// Proves that gold is a pure function of silver: whatever order readings come in, with repeats, late ones, gaps, restarts
// and days that are closed at any moment, a query says what an oracle makes of all readings by the plainest means.
#include "tests/unit/central/layers_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;
using test::Seeded;

constexpr std::array kGoldStreams{Stream::kBikeStatus, Stream::kWeather, Stream::kArrival, Stream::kTurnstile};

json random_values(Seeded& chance, Stream stream, std::int64_t at) {
  if (chance.one_in(6)) return json::object();
  const auto number = [&](std::uint64_t max) { return static_cast<std::int64_t>(chance.number(0, max)); };
  switch (stream) {
    case Stream::kBikeStatus: {
      json values{{"num_bikes_available", number(4)}};
      if (!chance.one_in(5)) values["num_docks_available"] = number(4);
      if (chance.one_in(3)) values["num_bikes_disabled"] = number(2);
      if (chance.one_in(20)) values = {{"is_renting", false}};
      return values;
    }
    case Stream::kWeather: {
      json values;
      if (!chance.one_in(3)) values["air_temperature_C"] = static_cast<double>(number(400)) / 10 - 10;
      if (chance.one_in(2)) values["wind_speed_m_s"] = static_cast<double>(number(100)) / 10;
      if (chance.one_in(2)) values["wind_from_direction_deg"] = number(359);
      if (chance.one_in(2)) values["wind_speed_of_gust_m_s"] = static_cast<double>(number(200)) / 10;
      if (chance.one_in(2)) values["precipitation_total_mm"] = static_cast<double>(at / 100'000 % 100'000) / 10;
      if (values.contains("precipitation_total_mm") && chance.one_in(2))
        values["counter_id"] = "c" + std::to_string(at / 20'000'000);
      return values.is_null() ? json{{"relative_humidity_pct", 1 + number(99)}} : values;
    }
    case Stream::kArrival:
      return {{"vehicle_id", "v" + std::to_string(number(9))},
              {"route_id", chance.one_in(2) ? "blue" : "red"},
              {"direction_id", chance.one_in(2) ? "a" : "b"},
              {"vehicle_status", chance.one_in(8)   ? "out_of_service"
                                 : chance.one_in(8) ? "broken_down"
                                                    : "in_service"}};
    default:
      return {{"entries_total", at / 7'000},
              {"exits_total", at / 11'000},
              {"counter_id", "boot-" + std::to_string(at / 30'000'000)}};
  }
}

/// Readings of the days before today and of today, close to each other around midnights, with gaps.
std::vector<MadeReading> random_readings(Seeded& chance, std::size_t count) {
  std::vector<MadeReading> made;
  std::int64_t at = kTodayMs - 3 * kDayMs - 2'000'000;
  while (made.size() < count && at < kNoonMs) {
    MadeReading reading;
    reading.at = at;
    reading.stream = kGoldStreams[chance.number(0, 3)];
    // Of two unnumbered ones of one time nobody can say which was first.
    const bool alone = made.empty() || made.back().at < at;
    reading.seq = alone && chance.one_in(10) ? 0 : made.size() + 1;
    reading.values = random_values(chance, reading.stream, at);
    reading.clock_known = !chance.one_in(40);
    made.push_back(std::move(reading));
    const std::int64_t to_midnight = (at / kDayMs + 1) * kDayMs - at;
    if (chance.one_in(60)) at += static_cast<std::int64_t>(chance.number(400'000, 40'000'000));
    if (to_midnight < 3'000'000 && chance.one_in(30)) at = (at / kDayMs + 1) * kDayMs;
    at += static_cast<std::int64_t>(chance.number(chance.one_in(20) ? 0 : 1000, to_midnight < 4'000'000 ? 60'000 : 200'000));
  }
  return made;
}

class GoldTest : public LayersTest {
 protected:
  void expect_all(Resolution resolution) {
    for (const Stream stream : kGoldStreams) {
      SCOPED_TRACE(std::string(to_text(stream)) + " " + std::string(to_text(resolution)));
      expect_oracle(stream, resolution, kTodayMs - 5 * kDayMs, kTodayMs + kDayMs);
    }
  }
  std::size_t stored(Resolution resolution) {
    std::size_t days = 0;
    auto store = GoldStore::open(*database_);
    for (const Stream stream : kGoldStreams) {
      EXPECT_TRUE(store
                      ->read(StationPk{1}, stream, resolution, 0, 1'000'000,
                             [&](std::int64_t, std::vector<GoldRow>&) {
                               ++days;
                               return true;
                             })
                      .ok());
    }
    return days;
  }
};

TEST_F(GoldTest, says_what_the_oracle_says_whatever_order_readings_come_in) {
  Seeded chance;
  std::vector<MadeReading> all = random_readings(chance, 1500);
  // Mostly in order, some hours or days late.
  std::vector<std::pair<std::int64_t, std::size_t>> order;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto late = static_cast<std::int64_t>(chance.one_in(15) ? chance.number(0, 4 * kDayMs) : chance.number(0, 60'000));
    order.emplace_back(all[i].at + late, i);
  }
  std::sort(order.begin(), order.end());
  std::size_t in_batch = 0;
  for (const auto& [when, i] : order) {
    make(all[i]);
    if (chance.one_in(12)) put(made_[chance.number(0, made_.size() - 1)]);  // comes again
    if (++in_batch < 40) continue;
    in_batch = 0;
    fold_new();
    if (chance.one_in(4)) tend();
    if (chance.one_in(6)) open();
    if (chance.one_in(6)) expect_all(Resolution::kHour);
  }
  fold_new();
  expect_all(Resolution::kHour);
  tend();
  EXPECT_GT(stored(Resolution::kHour), 0U);
  EXPECT_EQ(number("SELECT count(*) FROM open_day WHERE day < " + std::to_string(kTodayMs / kDayMs)), 0);
  expect_all(Resolution::kHour);
  expect_all(Resolution::kDay);
  expect_all(Resolution::kMinute);
}

TEST_F(GoldTest, a_closed_day_is_answered_from_its_block_and_a_late_reading_makes_it_anew) {
  const std::int64_t yesterday = kTodayMs - kDayMs;
  for (int i = 0; i < 60; ++i) {
    make({yesterday + 43'200'000 + i * 60'000,
          static_cast<std::uint64_t>(i + 1),
          Stream::kBikeStatus,
          {{"num_bikes_available", 4}}});
  }
  fold_new();
  tend();
  ASSERT_EQ(gold(Stream::kBikeStatus, Resolution::kHour, yesterday, kTodayMs).size(), 1U);
  // Nothing but the block can say this.
  ASSERT_TRUE(database_->execute("DELETE FROM reading").ok());
  EXPECT_EQ(gold(Stream::kBikeStatus, Resolution::kHour, yesterday, kTodayMs).front().cells[0], 4000);
}

TEST_F(GoldTest, a_late_reading_is_in_the_answer_at_once_and_in_the_block_after_the_next_step) {
  const std::int64_t noon = kTodayMs - kDayMs + 43'200'000;
  make({noon, 1, Stream::kBikeStatus, {{"num_bikes_available", 4}}});
  make({noon + 240'000, 2, Stream::kBikeStatus, {{"num_bikes_available", 4}}});
  fold_new();
  tend();
  make({noon + 120'000, 3, Stream::kBikeStatus, {{"num_bikes_available", 0}}});
  fold_new();
  const auto mean = [&] { return gold(Stream::kBikeStatus, Resolution::kHour, noon, noon + 1).front().cells[0]; };
  EXPECT_EQ(mean(), 2000);
  tend();
  EXPECT_EQ(mean(), 2000);
  EXPECT_EQ(number("SELECT count(*) FROM open_day"), 0);
}

TEST_F(GoldTest, a_value_that_holds_across_midnight_counts_on_both_sides) {
  make({kTodayMs - 120'000, 1, Stream::kBikeStatus, {{"num_bikes_available", 0}}});
  make({kTodayMs + 60'000, 2, Stream::kBikeStatus, {{"num_bikes_available", 3}}});
  fold_new();
  tend();
  const auto rows = gold(Stream::kBikeStatus, Resolution::kDay, kTodayMs - kDayMs, kTodayMs + kDayMs);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].cells[6], 2000);  // minutes_empty
  EXPECT_EQ(rows[1].cells[6], 1000);
  EXPECT_EQ(rows[0].cells[9], 0);  // bikes_returned_min counts where it was seen
  EXPECT_EQ(rows[1].cells[9], 3);
}

TEST_F(GoldTest, a_silence_of_over_five_intervals_is_a_gap_and_no_flat_line) {
  make({kTodayMs + 3'600'000, 1, Stream::kBikeStatus, {{"num_bikes_available", 0}}});
  make({kTodayMs + 3'600'000 + kGapMs, 2, Stream::kBikeStatus, {{"num_bikes_available", 0}}});
  make({kTodayMs + 3'600'001 + 2 * kGapMs, 3, Stream::kBikeStatus, {{"num_bikes_available", 9}}});
  fold_new();
  const auto rows = gold(Stream::kBikeStatus, Resolution::kHour, kTodayMs, kTodayMs + kDayMs);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].cells[12], 5000);  // minutes_covered
  EXPECT_EQ(rows[0].cells[6], 5000);   // minutes_empty
  EXPECT_EQ(rows[0].cells[9], 0);      // what happened in the gap is not known
}

TEST_F(GoldTest, wind_is_averaged_as_a_vector_and_gusts_by_their_highest) {
  const auto wind = [&](std::int64_t minute, double speed, int from) {
    make({kTodayMs + minute * 60'000,
          static_cast<std::uint64_t>(minute + 1),
          Stream::kWeather,
          {{"wind_speed_m_s", speed}, {"wind_from_direction_deg", from}, {"wind_speed_of_gust_m_s", speed * 2}}});
  };
  wind(0, 4, 350);
  wind(1, 4, 10);
  wind(2, 4, 10);
  fold_new();
  const auto rows = gold(Stream::kWeather, Resolution::kHour, kTodayMs, kTodayMs + 3'600'000);
  const auto columns = gold_columns(Stream::kWeather);
  const auto figure = [&](std::string_view name) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name == name) return from_cell(rows.at(0).cells[i].value_or(-1), columns[i].decimals);
    }
    return -1.0;
  };
  EXPECT_NEAR(figure("wind_from_direction_deg_mean"), 0.0, 0.01);
  EXPECT_NEAR(figure("wind_vector_speed_m_s_mean"), 4 * std::cos(10 * std::numbers::pi / 180), 0.006);
  EXPECT_EQ(figure("wind_speed_m_s_mean"), 4);
  EXPECT_EQ(figure("wind_speed_of_gust_m_s_max"), 8);
}

TEST_F(GoldTest, a_new_counter_id_invents_no_people) {
  const auto turnstile = [&](std::int64_t minute, int entries, const char* id) {
    make({kTodayMs + minute * 60'000,
          static_cast<std::uint64_t>(minute + 1),
          Stream::kTurnstile,
          {{"entries_total", entries}, {"counter_id", id}}});
  };
  turnstile(0, 100, "a");
  turnstile(1, 110, "a");
  turnstile(2, 50'000, "b");
  turnstile(3, 50'003, "b");
  fold_new();
  EXPECT_EQ(gold(Stream::kTurnstile, Resolution::kHour, kTodayMs, kTodayMs + 3'600'000).front().cells[0], 13);
}

TEST_F(GoldTest, readings_without_a_known_time_are_in_no_aggregate) {
  make({kTodayMs, 1, Stream::kBikeStatus, {{"num_bikes_available", 4}}, false});
  fold_new();
  EXPECT_TRUE(gold(Stream::kBikeStatus, Resolution::kHour, kTodayMs, kTodayMs + kDayMs).empty());
}

}  // namespace
}  // namespace wayside::central
