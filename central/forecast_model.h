#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "central/forecast_levels.h"

namespace wayside::central {

// The forecast of a bike station from its own history. For each half hour of the day it keeps by how much the count usually
// changes within the next 30 and 60 minutes: the middle tenth (45 to 55 %) of all changes that began up to 90 minutes
// before or behind that half hour on the days before. The forecast is what there is now and a third of what the last hour's
// pace would bring, held within that band. Medians, because the error that is judged is the absolute one: half of all
// counts do not change in an hour, and a mean would move every one of them by a fraction.

/// How far ahead, in moments: 30 and 60 minutes.
inline constexpr std::array<std::int64_t, 2> kHorizons{3, 6};
inline constexpr std::size_t kHalfHours = 48;
/// History goes back so many days.
inline constexpr std::int64_t kHistoryDays = 28;
/// From so many known days of one weekday on (the fourth week) only they count, before that all days of its kind.
inline constexpr std::size_t kWeekdaysMin = 3;
/// The days by which a forecast is judged: today so far, and the seven before.
inline constexpr std::int64_t kScoredDays = 8;
/// A day and a half: with less nothing is judged.
inline constexpr std::uint32_t kSamplesMin = 3 * kMomentsOfDay / 2;

/// Weekends are another thing than weekdays: neither tells of the other, so each has its own history and its own scores.
enum class DayKind : std::uint8_t { kWeekday, kWeekend };
inline constexpr std::array kDayKinds{DayKind::kWeekday, DayKind::kWeekend};
std::string_view to_text(DayKind kind);
/// The clock's hours there, roughly, as moments to be added to UTC: by the sun.
std::int64_t moments_from_utc(std::optional<double> lon);
DayKind kind_of(std::int64_t moment, std::int64_t from_utc);

/// Between how much and how much a count usually changes.
struct ChangeBand {
  std::int8_t low = 1;
  std::int8_t high = 0;
  bool known() const { return low <= high; }
  friend bool operator==(const ChangeBand&, const ChangeBand&) = default;
};

/// The usual changes of one UTC day, by field, horizon and half hour.
using ChangeTable = std::array<std::array<std::array<ChangeBand, kHalfHours>, kHorizons.size()>, kForecastFields.size()>;
/// Which of them a moment lies in.
std::size_t half_hour_of(std::int64_t moment);

/// Those of `day` (since 1970) as the history before `until` (a moment) and before the day itself tells them; not known where
/// no day of the kind has been.
ChangeTable usual_changes(const Levels& levels, std::int64_t day, std::int64_t until, std::int64_t from_utc);

/// What is known of a count when it is forecast.
struct CountNow {
  int now = 0;
  std::optional<int> hour_ago;
  std::optional<int> most;  ///< bikes and docks together
};
/// The count `moments` ahead. The band must be known.
int forecast_count(const CountNow& count, const ChangeBand& band, std::int64_t moments);

/// Absolute errors of the forecast beside those of saying "same as now" and "same time yesterday", each over the same
/// moments: those at which all of the three could be said and judged.
struct ForecastScore {
  std::uint32_t samples = 0;
  std::uint64_t error_sum = 0;
  std::uint64_t same_as_now_sum = 0;
  std::uint64_t same_time_yesterday_sum = 0;

  ForecastScore& operator+=(const ForecastScore& other);
  /// By more than chance easily gives, 3 %.
  bool beats(std::uint64_t sum) const { return error_sum * 100 < sum * 97; }
  double mean(std::uint64_t sum) const { return samples == 0 ? 0 : static_cast<double>(sum) / samples; }
  friend bool operator==(const ForecastScore&, const ForecastScore&) = default;
};
/// By kind of day, field and horizon.
using ForecastScores =
    std::array<std::array<std::array<ForecastScore, kHorizons.size()>, kForecastFields.size()>, kDayKinds.size()>;

/// How the table does on a day.
void add_scores(ForecastScores& scores, const Levels& levels, const ChangeTable& table, std::int64_t day,
                std::int64_t from_utc);
/// The days from `first` to before `end`, each with the table that the history before it gives: as it would have been shown.
ForecastScores judge_days(const Levels& levels, std::int64_t first, std::int64_t end, std::int64_t from_utc);

/// Why a forecast is not shown.
enum class WhyNoForecast : std::uint8_t {
  kNotBikes,          ///< the station has no stream bike_status
  kNotMadeYet,        ///< its history has not been looked at
  kTooLittleHistory,  ///< of days of this kind: fewer than kSamplesMin moments to judge by, or none to learn from
  kSameAsNowIsBetter,
  kSameTimeYesterdayIsBetter,
  kNotLive,  ///< what there is now is not known, or the station is out of service
};
std::string_view to_text(WhyNoForecast why);
/// Nothing: it beats both.
std::optional<WhyNoForecast> why_not_shown(const ForecastScore& score);

/// What is kept of a station's history.
struct StationForecast {
  std::int64_t made_at = 0;           ///< ms
  std::int64_t from_utc = 0;          ///< moments
  std::int64_t days = 0;              ///< known ones before made_at
  std::array<ChangeTable, 2> tables;  ///< of made_at's day and the next
  ForecastScores scores;              ///< of the last kScoredDays

  std::int64_t first_day() const;
  /// Null when it was made for other days.
  const ChangeTable* table(std::int64_t day) const;
};
/// From levels that end at `now_ms`.
StationForecast make_forecast(const Levels& levels, std::int64_t now_ms, std::int64_t from_utc);

/// As it lies in the file, and back.
Result<std::string> encode_forecast(const StationForecast& forecast);
Result<StationForecast> decode_forecast(std::string_view bytes);

}  // namespace wayside::central
