// Puts recorded counts through the model of the forecast: `forecast_replay FIRST_DAY END_DAY LON UNTIL:DAY…` reads lines
// `station at_s bikes docks` (times ascending within a station, stations one after the other) and prints for each station,
// field, horizon, kind of day and UNTIL:DAY how a forecast with the history before day UNTIL does on DAY, and whether it would be
// shown by what is known then. Days are counted since 1970 in UTC.
#include <iostream>
#include <string>
#include <vector>

#include "central/forecast_model.h"

namespace {

using namespace wayside::central;

struct Trial {
  std::int64_t until = 0;
  std::int64_t day = 0;
};

/// As central's default: a station is silent after five intervals of 300 s.
constexpr std::int64_t kGapLimitMs = 1'500'000;

void report(const std::string& station, const Levels& levels, std::int64_t from_utc, const std::vector<Trial>& trials) {
  for (const Trial& trial : trials) {
    const ForecastScores known = judge_days(levels, trial.until - kScoredDays + 1, trial.until, from_utc);
    ForecastScores scores;
    add_scores(scores, levels, usual_changes(levels, trial.day, trial.until * kMomentsOfDay, from_utc), trial.day, from_utc);
    for (const DayKind kind : kDayKinds) {
      for (const ForecastField field : kForecastFields) {
        for (std::size_t h = 0; h < kHorizons.size(); ++h) {
          const auto k = static_cast<std::size_t>(kind);
          const auto i = static_cast<std::size_t>(field);
          const auto why = why_not_shown(known[k][i][h]);
          const ForecastScore& score = scores[k][i][h];
          std::cout << station << ' ' << to_text(kind) << ' ' << to_text(field) << ' ' << kHorizons[h] * kMomentMs / 60'000
                    << ' ' << trial.until << ' ' << trial.day << ' ' << (why ? to_text(*why) : "shown") << ' ' << score.samples
                    << ' ' << score.error_sum << ' ' << score.same_as_now_sum << ' ' << score.same_time_yesterday_sum << '\n';
        }
      }
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const std::int64_t first = std::stoll(arguments[1]) * kMomentsOfDay;
  const std::int64_t end = std::stoll(arguments[2]) * kMomentsOfDay;
  const std::int64_t from_utc = moments_from_utc(std::stod(arguments[3]));
  std::vector<Trial> trials;
  for (int i = 4; i < count; ++i) {
    const std::string trial = arguments[i];
    trials.push_back({std::stoll(trial), std::stoll(trial.substr(trial.find(':') + 1))});
  }
  std::string station;
  Levels levels(first, end);
  const auto finish = [&] {
    levels.reach(end * kMomentMs);
    if (!station.empty()) report(station, levels, from_utc, trials);
    levels = Levels(first, end);
  };
  std::ios::sync_with_stdio(false);
  std::string id;
  std::string bikes;
  std::string docks;
  std::int64_t at_s = 0;
  while (std::cin >> id >> at_s >> bikes >> docks) {
    if (id != station) finish();
    station = id;
    const std::array<std::string_view, 2> values{bikes, docks};
    levels.add({at_s * 1000, kGapLimitMs, false, values});
  }
  finish();
  return std::cin.eof() ? 0 : 2;
}
