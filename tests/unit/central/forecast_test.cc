// Proves the forecast of a bike station: levels say what the last reading before a moment had said, wherever it lies in
// the database; usual changes are learned from the past alone, of all days and from the fourth week on of the weekday;
// errors are those that a plain computation finds; a forecast is shown only where it beats both baselines; what is kept
// comes back. How good it is on a recorded week, tests/integration/forecast_week_test.py says.
#include "central/forecast_model.h"

#include <filesystem>
#include <thread>

#include "central/forecast_desk.h"
#include "tests/unit/central/layers_fixture.h"

namespace wayside::central {
namespace {

using nlohmann::json;
using test::Seeded;

constexpr std::int64_t kDay0 = 19'000;  // a Saturday
constexpr std::int64_t kGap = 1'500'000;

/// Feeds a count of bikes at each moment of some days; docks are what is left of 20.
Levels make_levels(std::int64_t days, const std::function<std::optional<int>(std::int64_t day, std::int64_t moment)>& bikes) {
  Levels levels(kDay0 * kMomentsOfDay, (kDay0 + days) * kMomentsOfDay);
  for (std::int64_t day = 0; day < days; ++day) {
    for (std::int64_t moment = 0; moment < kMomentsOfDay; ++moment) {
      const auto count = bikes(day, moment);
      if (!count) continue;
      const std::string number = std::to_string(*count);
      const std::string rest = std::to_string(20 - *count);
      const std::array<std::string_view, 2> values{number, rest};
      levels.add({((kDay0 + day) * kMomentsOfDay + moment) * kMomentMs, kMomentMs, false, values});
    }
  }
  levels.reach((kDay0 + days) * kDayMs);
  return levels;
}

/// Full in the morning; from 07:00 to 10:00 four bikes an hour go, from 16:00 to 19:00 they come back.
int commuters(std::int64_t moment) {
  const auto rush = [&](std::int64_t hour) {
    return static_cast<int>(std::clamp<std::int64_t>(moment - hour * 6, 0, 18) * 2 / 3);
  };
  return 14 - rush(7) + rush(16);
}

TEST(Levels, say_what_the_last_reading_before_a_moment_had_said) {
  Levels levels(0, 12);
  const auto say = [&](std::int64_t at_s, std::string_view bikes, std::string_view docks, bool heartbeat = false) {
    const std::array<std::string_view, 2> values{bikes, docks};
    levels.add({at_s * 1000, kGap, heartbeat, values});
  };
  say(-60, "5", "15");
  say(600, "4", "16");      // at the moment itself: counts
  say(1201, "3", "17");     // a second too late for 1200
  say(1900, "", "", true);  // still so
  say(5000, "2", "");       // behind a gap; docks are not known
  levels.reach(11 * 600'000);
  const auto row = [&](ForecastField field) {
    std::vector<int> counts;
    for (std::int64_t moment = 0; moment < 12; ++moment) counts.push_back(levels.at(field, moment).value_or(-1));
    return counts;
  };
  EXPECT_EQ(row(ForecastField::kBikes), (std::vector<int>{5, 4, 4, 3, 3, 3, -1, -1, -1, 2, 2, -1}));
  EXPECT_EQ(row(ForecastField::kDocks), (std::vector<int>{15, 16, 16, 17, 17, 17, -1, -1, -1, -1, -1, -1}));
  EXPECT_EQ(levels.held(ForecastField::kBikes), std::nullopt) << "1,600 s later nothing is known";
  EXPECT_EQ(levels.change(ForecastField::kBikes, 0, 3), -2);
  EXPECT_EQ(levels.change(ForecastField::kBikes, 5, 3), std::nullopt);
  EXPECT_EQ(levels.at(ForecastField::kBikes, -1), std::nullopt);
  EXPECT_EQ(levels.at(ForecastField::kBikes, 12), std::nullopt);
}

TEST(Forecast, a_third_of_the_last_hours_pace_is_held_within_the_usual_band) {
  const ChangeBand band{-2, 1};
  EXPECT_EQ(forecast_count({10, 10, {}}, band, 6), 10);
  EXPECT_EQ(forecast_count({10, 7, {}}, band, 6), 11);  // 3 in an hour, a third of it
  EXPECT_EQ(forecast_count({10, 7, {}}, band, 3), 10);  // half of that
  EXPECT_EQ(forecast_count({10, 1, {}}, band, 6), 11);  // 3, held
  EXPECT_EQ(forecast_count({5, 20, {}}, band, 6), 3);   // -5, held
  EXPECT_EQ(forecast_count({10, {}, {}}, {-4, -3}, 6), 7);
  EXPECT_EQ(forecast_count({1, 20, {}}, band, 6), 0) << "not below nothing";
  EXPECT_EQ(forecast_count({9, {}, 10}, {3, 4}, 6), 10) << "not above what the station holds";
}

TEST(Forecast, learns_the_commuters_and_beats_both_baselines_by_them) {
  // A bike more or fewer each day, so that yesterday is wrong.
  const Levels levels = make_levels(8, [](std::int64_t day, std::int64_t moment) {
    return std::optional(commuters(moment) + static_cast<int>(day % 3) * 2);
  });
  const StationForecast forecast = make_forecast(levels, (kDay0 + 8) * kDayMs - 1, 0);
  EXPECT_EQ(forecast.days, 7);
  EXPECT_EQ(forecast.tables[0][0][1][half_hour_of(8 * 6)], (ChangeBand{-4, -4}));
  EXPECT_EQ(forecast.tables[0][0][1][half_hour_of(2 * 6)], (ChangeBand{0, 0}));
  EXPECT_EQ(forecast.tables[0][1][1][half_hour_of(8 * 6)], (ChangeBand{4, 4})) << "docks are the other way round";
  for (const auto& kind : forecast.scores) {
    for (const auto& field : kind) {
      for (const ForecastScore& score : field) EXPECT_EQ(why_not_shown(score), std::nullopt) << score.samples;
    }
  }
  EXPECT_NE(forecast.table(kDay0 + 8), nullptr);
  EXPECT_EQ(forecast.table(kDay0 + 9), nullptr);
}

TEST(Forecast, one_weekday_counts_alone_from_its_third_time_on) {
  // The seventh day of each week is still, the others move.
  const auto bikes = [](std::int64_t day, std::int64_t moment) { return std::optional(day % 7 == 6 ? 10 : commuters(moment)); };
  const std::size_t morning = half_hour_of(8 * 6);
  const auto band = [&](std::int64_t weeks) {
    const std::int64_t day = kDay0 + weeks * 7 + 6;
    return usual_changes(make_levels(weeks * 7 + 6, bikes), day, day * kMomentsOfDay, 0)[0][1][morning];
  };
  EXPECT_LT(band(2).low, 0) << "two such days are not yet enough, and all weekdays say that bikes go";
  EXPECT_EQ(band(3), (ChangeBand{0, 0}));
}

TEST(Forecast, a_weekend_is_not_told_by_weekdays) {
  // Kinds change at the midnight of the place: in San Francisco Saturday begins at 08:00 UTC.
  const std::int64_t sf = moments_from_utc(-122.4);
  EXPECT_EQ(sf, -48);
  EXPECT_EQ(moments_from_utc({}), 0);
  EXPECT_EQ(kind_of(kDay0 * kMomentsOfDay + 47, sf), DayKind::kWeekday);
  EXPECT_EQ(kind_of(kDay0 * kMomentsOfDay + 48, sf), DayKind::kWeekend);
  EXPECT_EQ(kind_of((kDay0 + 2) * kMomentsOfDay + 47, sf), DayKind::kWeekend);
  EXPECT_EQ(kind_of((kDay0 + 2) * kMomentsOfDay + 48, sf), DayKind::kWeekday);

  const Levels levels = make_levels(
      14, [](std::int64_t day, std::int64_t moment) { return day < 3 ? std::nullopt : std::optional(commuters(moment)); });
  const ChangeTable saturday = usual_changes(levels, kDay0 + 7, (kDay0 + 7) * kMomentsOfDay, 0);
  const ChangeTable monday = usual_changes(levels, kDay0 + 9, (kDay0 + 9) * kMomentsOfDay, 0);
  const ChangeTable after_one = usual_changes(levels, kDay0 + 8, (kDay0 + 8) * kMomentsOfDay, 0);
  for (std::size_t half = 0; half < kHalfHours; ++half) {
    EXPECT_FALSE(saturday[0][0][half].known());
    EXPECT_TRUE(monday[0][0][half].known());
    EXPECT_TRUE(after_one[0][0][half].known());
  }
  // No weekend day could be judged but the second, and one is not enough.
  const auto scores = make_forecast(levels, (kDay0 + 9) * kDayMs - 1, 0).scores;
  EXPECT_EQ(why_not_shown(scores[1][0][1]), WhyNoForecast::kTooLittleHistory);
  EXPECT_NE(why_not_shown(scores[0][0][1]), WhyNoForecast::kTooLittleHistory);
}

TEST(Forecast, knows_nothing_of_what_comes_later) {
  Seeded chance;
  std::vector<int> counts;
  for (int i = 0; i < 6 * kMomentsOfDay; ++i) counts.push_back(static_cast<int>(chance.number(0, 20)));
  const std::int64_t until = 4 * kMomentsOfDay;
  const auto levels = [&](int change) {
    return make_levels(6, [&](std::int64_t day, std::int64_t moment) {
      const std::int64_t at = day * kMomentsOfDay + moment;
      return std::optional(at < until ? counts[static_cast<std::size_t>(at)] : change);
    });
  };
  const std::int64_t first = kDay0 * kMomentsOfDay;
  EXPECT_EQ(usual_changes(levels(0), kDay0 + 4, first + until, 0), usual_changes(levels(20), kDay0 + 4, first + until, 0));
  EXPECT_EQ(usual_changes(levels(0), kDay0 + 4, first + 6 * kMomentsOfDay, 0),
            usual_changes(levels(20), kDay0 + 4, first + until, 0));
  EXPECT_NE(usual_changes(levels(0), kDay0 + 5, first + 5 * kMomentsOfDay, 0),
            usual_changes(levels(0), kDay0 + 4, first + until, 0));
}

TEST(Forecast, errors_are_those_of_a_plain_computation) {
  Seeded chance;
  std::map<std::int64_t, int> counts;  // by moment since kDay0
  for (std::int64_t i = 0; i < 4 * kMomentsOfDay; ++i) {
    if (!chance.one_in(9)) counts[i] = static_cast<int>(chance.number(0, 20));
  }
  const auto at = [&](std::int64_t moment) -> std::optional<int> {
    // What was said holds for a moment longer.
    for (const std::int64_t when : {moment, moment - 1}) {
      if (const auto found = counts.find(when); found != counts.end()) return found->second;
    }
    return std::nullopt;
  };
  const Levels levels = make_levels(4, [&](std::int64_t day, std::int64_t moment) {
    const auto found = counts.find(day * kMomentsOfDay + moment);
    return found == counts.end() ? std::nullopt : std::optional(found->second);
  });
  const ChangeTable table = usual_changes(levels, kDay0 + 3, (kDay0 + 3) * kMomentsOfDay, 0);
  ForecastScores scores;
  add_scores(scores, levels, table, kDay0 + 3, 0);
  for (std::size_t h = 0; h < 2; ++h) {
    ForecastScore expected;
    for (std::int64_t moment = 3 * kMomentsOfDay; moment < 4 * kMomentsOfDay; ++moment) {
      const std::int64_t then = moment + kHorizons[h];
      if (then >= 4 * kMomentsOfDay || !at(moment) || !at(then) || !at(then - kMomentsOfDay)) continue;
      const int said = forecast_count({*at(moment), at(moment - 6), 20}, table[0][h][half_hour_of(moment)], kHorizons[h]);
      const auto error = [&](int value) { return static_cast<std::uint64_t>(std::abs(value - *at(then))); };
      expected += {1, error(said), error(*at(moment)), error(*at(then - kMomentsOfDay))};
    }
    EXPECT_GT(expected.samples, 100U);
    EXPECT_EQ(scores[0][0][h], expected);
  }
}

TEST(Forecast, says_why_it_is_not_shown) {
  EXPECT_EQ(why_not_shown({}), WhyNoForecast::kTooLittleHistory);
  EXPECT_EQ(why_not_shown({kSamplesMin - 1, 0, 9, 9}), WhyNoForecast::kTooLittleHistory);
  EXPECT_EQ(why_not_shown({kSamplesMin, 9, 9, 20}), WhyNoForecast::kSameAsNowIsBetter);
  EXPECT_EQ(why_not_shown({kSamplesMin, 9, 20, 9}), WhyNoForecast::kSameTimeYesterdayIsBetter);
  EXPECT_EQ(why_not_shown({kSamplesMin, 97, 100, 200}), WhyNoForecast::kSameAsNowIsBetter) << "too little to be sure";
  EXPECT_EQ(why_not_shown({kSamplesMin, 96, 100, 100}), std::nullopt);
}

TEST(Forecast, of_a_station_without_history_says_so) {
  const Levels none = make_levels(8, [](std::int64_t, std::int64_t) { return std::optional<int>(); });
  const StationForecast forecast = make_forecast(none, (kDay0 + 8) * kDayMs - 1, 0);
  EXPECT_EQ(forecast.days, 0);
  EXPECT_FALSE(forecast.tables[0][0][0][0].known());
  EXPECT_EQ(why_not_shown(forecast.scores[0][1][1]), WhyNoForecast::kTooLittleHistory);
}

TEST(Forecast, what_is_kept_comes_back) {
  const Levels levels = make_levels(9, [](std::int64_t, std::int64_t moment) { return std::optional(commuters(moment)); });
  const StationForecast forecast = make_forecast(levels, (kDay0 + 9) * kDayMs - 1, -48);
  auto bytes = encode_forecast(forecast);
  ASSERT_TRUE(bytes.ok());
  EXPECT_LT(bytes->size(), 1024U) << "10,000 stations take 10 MB of disk";
  auto back = decode_forecast(*bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->tables, forecast.tables);
  EXPECT_EQ(back->scores, forecast.scores);
  EXPECT_EQ(std::tuple(back->made_at, back->from_utc, back->days),
            std::tuple(forecast.made_at, forecast.from_utc, forecast.days));
  EXPECT_FALSE(decode_forecast(bytes->substr(0, bytes->size() / 2)).ok());
  EXPECT_FALSE(decode_forecast("nothing").ok());
}

class ForecastOnDatabase : public LayersTest {
 protected:
  /// Commuters at each tenth minute of 9 days, today's until noon.
  void fold_commuters() {
    const std::int64_t first = kTodayMs - 9 * kDayMs;
    for (std::int64_t at = first; at <= kNoonMs; at += kMomentMs / 5) {
      MadeReading reading;
      reading.at = at;
      reading.stream = Stream::kBikeStatus;
      reading.seq = static_cast<std::uint64_t>((at - first) / (kMomentMs / 5)) + 1;
      const auto bikes = commuters(at / kMomentMs % kMomentsOfDay) + at / kDayMs % 3;
      reading.values = {{"num_bikes_available", bikes}, {"num_docks_available", 20 - bikes}};
      make(reading);
    }
    fold_new();
  }
  Levels read() {
    auto readings = ObservationReader::open(*database_, Stream::kBikeStatus, 300);
    EXPECT_TRUE(readings.ok());
    auto levels = read_levels(**readings, StationPk{1}, (kTodayMs / kDayMs - 10) * kMomentsOfDay, kNoonMs);
    EXPECT_TRUE(levels.ok());
    return std::move(*levels);
  }
};

TEST_F(ForecastOnDatabase, levels_are_the_same_before_and_after_days_are_closed) {
  fold_commuters();
  std::int64_t known = 0;
  const auto expect_all = [&] {
    const Levels levels = read();
    for (std::int64_t moment = levels.first(); moment < levels.end(); ++moment) {
      const auto bikes = levels.at(ForecastField::kBikes, moment);
      ASSERT_EQ(bikes.has_value(), moment * kMomentMs >= kTodayMs - 9 * kDayMs) << moment;
      if (!bikes) continue;
      ++known;
      EXPECT_EQ(*bikes, commuters(moment % kMomentsOfDay) + moment / kMomentsOfDay % 3) << moment;
    }
  };
  expect_all();
  tend();
  expect_all();
  EXPECT_EQ(known, 2 * (9 * kMomentsOfDay + 12 * 6 + 1));
}

class NoonClock final : public Clock {
 public:
  UtcTime wall() const override { return UtcTime{kNoonMs}; }
  MonoTime monotonic() const override { return MonoTime{0}; }
};

TEST_F(ForecastOnDatabase, the_desk_keeps_a_forecast_over_restarts_and_makes_a_lost_file_anew) {
  fold_commuters();
  const NoonClock clock;
  const std::string database = (folder_ / "central.db").string();
  const std::string path = ForecastDesk::path_beside(database);
  const auto made_by_one_desk = [&] {
    auto desk = ForecastDesk::open(database, 300, clock);
    EXPECT_TRUE(desk.ok());
    for (int i = 0; i < 4000 && (*desk)->counters().passes == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ((*desk)->counters().passes, 1U);
    EXPECT_EQ((*desk)->counters().errors, 0U);
    return (*desk)->counters().made;
  };
  EXPECT_EQ(made_by_one_desk(), 1U);
  auto kept = read_forecast(path, "72");
  ASSERT_TRUE(kept.ok() && *kept);
  EXPECT_EQ((*kept)->days, 9);
  EXPECT_EQ(why_not_shown((*kept)->scores[0][0][1]), std::nullopt);
  EXPECT_EQ((*kept)->scores, make_forecast(read(), kNoonMs, 0).scores) << "older days change nothing";
  auto nobody = read_forecast(path, "nobody");
  EXPECT_TRUE(nobody.ok() && !*nobody);
  EXPECT_EQ(made_by_one_desk(), 0U) << "it is fresh";
  std::filesystem::remove(path);
  EXPECT_EQ(made_by_one_desk(), 1U);
}

}  // namespace
}  // namespace wayside::central
