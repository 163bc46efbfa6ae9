#include "central/forecast_model.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "central/account.h"
#include "central/column_codec.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kReach = 9;  ///< moments: 90 minutes to each side
constexpr std::int64_t kMomentsOfHalfHour = kMomentsOfDay / static_cast<std::int64_t>(kHalfHours);
constexpr std::int64_t kMomentsOfHour = 6;
constexpr std::int64_t kDaysOfWeek = 7;
/// A larger change is no riding of people; it counts as this one.
constexpr int kChangeMax = 100;
constexpr std::uint64_t kFormat = 1;

bool known(const Levels& levels, std::int64_t day) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < kMomentsOfDay; ++i) {
    if (levels.at(ForecastField::kBikes, day * kMomentsOfDay + i)) ++count;
  }
  return count >= kMomentsOfDay / 2;
}

std::vector<std::int64_t> known_days(const Levels& levels, std::int64_t until_day) {
  std::vector<std::int64_t> days;
  for (std::int64_t day = levels.first() / kMomentsOfDay; day < until_day; ++day) {
    if (known(levels, day)) days.push_back(day);
  }
  return days;
}

/// The days at whose same time something is learned about `moment`.
std::vector<std::int64_t> days_like(const std::vector<std::int64_t>& days, std::int64_t moment, std::int64_t from_utc) {
  const std::int64_t day = moment / kMomentsOfDay;
  std::vector<std::int64_t> weekday;
  std::vector<std::int64_t> kind;
  for (const std::int64_t other : days) {
    if ((day - other) % kDaysOfWeek == 0) weekday.push_back(other);
    const std::int64_t then = moment - (day - other) * kMomentsOfDay;
    if (kind_of(then, from_utc) == kind_of(moment, from_utc)) kind.push_back(other);
  }
  return weekday.size() >= kWeekdaysMin ? weekday : kind;
}

/// How often each change was seen.
class Changes {
 public:
  void add(int change) {
    ++counts_[static_cast<std::size_t>(std::clamp(change, -kChangeMax, kChangeMax) + kChangeMax)];
    ++total_;
  }
  ChangeBand middle() const { return total_ == 0 ? ChangeBand() : ChangeBand{reach(45), reach(55)}; }

 private:
  /// The smallest change that as many per cent do not exceed.
  std::int8_t reach(std::int64_t pct) const {
    std::int64_t sum = 0;
    std::size_t i = 0;
    while ((sum += counts_[i]) * 100 < pct * total_) ++i;
    return static_cast<std::int8_t>(static_cast<int>(i) - kChangeMax);
  }
  std::array<std::int64_t, 2 * kChangeMax + 1> counts_{};
  std::int64_t total_ = 0;
};

}  // namespace

std::size_t half_hour_of(std::int64_t moment) { return static_cast<std::size_t>(moment % kMomentsOfDay / kMomentsOfHalfHour); }

std::string_view to_text(DayKind kind) { return kind == DayKind::kWeekend ? "weekend" : "weekday"; }

std::int64_t moments_from_utc(std::optional<double> lon) {
  constexpr double kDegreesOfHour = 15;
  return lon ? static_cast<std::int64_t>(std::round(*lon / kDegreesOfHour)) * kMomentsOfHour : 0;
}

DayKind kind_of(std::int64_t moment, std::int64_t from_utc) {
  constexpr std::int64_t kFirstWeekday = 3;  // 1970 began on a Thursday; Monday is 0
  constexpr std::int64_t kSaturday = 5;
  const std::int64_t weekday = ((moment + from_utc) / kMomentsOfDay + kFirstWeekday) % kDaysOfWeek;
  return weekday >= kSaturday ? DayKind::kWeekend : DayKind::kWeekday;
}

namespace {

ChangeBand usual_change(const Levels& levels, ForecastField field, std::int64_t moments, std::int64_t middle,
                        const std::vector<std::int64_t>& days, std::int64_t until) {
  Changes changes;
  for (const std::int64_t day : days) {
    const std::int64_t moment = day * kMomentsOfDay + middle % kMomentsOfDay;
    const std::int64_t last = std::min(moment + kReach, until - 1 - moments);
    for (std::int64_t from = moment - kReach; from <= last; ++from) {
      if (const auto change = levels.change(field, from, moments)) changes.add(*change);
    }
  }
  return changes.middle();
}

}  // namespace

ChangeTable usual_changes(const Levels& levels, std::int64_t day, std::int64_t until, std::int64_t from_utc) {
  until = std::min(until, day * kMomentsOfDay);
  const auto known = known_days(levels, until / kMomentsOfDay);
  ChangeTable table;
  for (std::size_t half = 0; half < kHalfHours; ++half) {
    const std::int64_t middle =
        day * kMomentsOfDay + static_cast<std::int64_t>(half) * kMomentsOfHalfHour + kMomentsOfHalfHour / 2;
    const auto days = days_like(known, middle, from_utc);
    for (const ForecastField field : kForecastFields) {
      for (std::size_t h = 0; h < kHorizons.size(); ++h)
        table[static_cast<std::size_t>(field)][h][half] = usual_change(levels, field, kHorizons[h], middle, days, until);
    }
  }
  return table;
}

int forecast_count(const CountNow& count, const ChangeBand& band, std::int64_t moments) {
  constexpr std::int64_t kPart = 3;
  const std::int64_t pace = count.now - count.hour_ago.value_or(count.now);
  const auto onward = static_cast<int>(pace * moments / (kMomentsOfHour * kPart));
  const int change = std::clamp<int>(onward, band.low, band.high);
  const int forecast = std::max(0, count.now + change);
  return count.most ? std::min(forecast, std::max(*count.most, count.now)) : forecast;
}

ForecastScore& ForecastScore::operator+=(const ForecastScore& other) {
  samples += other.samples;
  error_sum += other.error_sum;
  same_as_now_sum += other.same_as_now_sum;
  same_time_yesterday_sum += other.same_time_yesterday_sum;
  return *this;
}

void add_scores(ForecastScores& scores, const Levels& levels, const ChangeTable& table, std::int64_t day,
                std::int64_t from_utc) {
  for (const ForecastField field : kForecastFields) {
    const auto i = static_cast<std::size_t>(field);
    const ForecastField other = field == ForecastField::kBikes ? ForecastField::kDocks : ForecastField::kBikes;
    for (std::int64_t moment = day * kMomentsOfDay; moment < (day + 1) * kMomentsOfDay; ++moment) {
      const auto now = levels.at(field, moment);
      if (!now) continue;
      CountNow count{*now, levels.at(field, moment - kMomentsOfHour), std::nullopt};
      if (const auto rest = levels.at(other, moment)) count.most = *now + *rest;
      auto& of_kind = scores[static_cast<std::size_t>(kind_of(moment, from_utc))][i];
      for (std::size_t h = 0; h < kHorizons.size(); ++h) {
        const ChangeBand& band = table[i][h][half_hour_of(moment)];
        const auto came = levels.at(field, moment + kHorizons[h]);
        const auto yesterday = levels.at(field, moment + kHorizons[h] - kMomentsOfDay);
        if (!band.known() || !came || !yesterday) continue;
        const auto error = [&](int said) { return static_cast<std::uint64_t>(std::abs(said - *came)); };
        of_kind[h] += {1, error(forecast_count(count, band, kHorizons[h])), error(*now), error(*yesterday)};
      }
    }
  }
}

ForecastScores judge_days(const Levels& levels, std::int64_t first, std::int64_t end, std::int64_t from_utc) {
  ForecastScores scores;
  for (std::int64_t day = first; day < end; ++day) {
    add_scores(scores, levels, usual_changes(levels, day, day * kMomentsOfDay, from_utc), day, from_utc);
  }
  return scores;
}

std::string_view to_text(WhyNoForecast why) {
  switch (why) {
    case WhyNoForecast::kNotBikes: return "not_bikes";
    case WhyNoForecast::kNotMadeYet: return "not_made_yet";
    case WhyNoForecast::kTooLittleHistory: return "too_little_history";
    case WhyNoForecast::kSameAsNowIsBetter: return "same_as_now_is_better";
    case WhyNoForecast::kSameTimeYesterdayIsBetter: return "same_time_yesterday_is_better";
    case WhyNoForecast::kNotLive: return "not_live";
  }
  return "";
}

std::optional<WhyNoForecast> why_not_shown(const ForecastScore& score) {
  if (score.samples < kSamplesMin) return WhyNoForecast::kTooLittleHistory;
  if (!score.beats(score.same_as_now_sum)) return WhyNoForecast::kSameAsNowIsBetter;
  if (!score.beats(score.same_time_yesterday_sum)) return WhyNoForecast::kSameTimeYesterdayIsBetter;
  return std::nullopt;
}

std::int64_t StationForecast::first_day() const { return made_at / kDayMs; }

const ChangeTable* StationForecast::table(std::int64_t day) const {
  const std::int64_t at = day - first_day();
  return at >= 0 && at < static_cast<std::int64_t>(tables.size()) ? &tables[static_cast<std::size_t>(at)] : nullptr;
}

StationForecast make_forecast(const Levels& levels, std::int64_t now_ms, std::int64_t from_utc) {
  StationForecast forecast;
  forecast.made_at = now_ms;
  forecast.from_utc = from_utc;
  const std::int64_t today = forecast.first_day();
  forecast.days = static_cast<std::int64_t>(known_days(levels, today).size());
  for (std::size_t i = 0; i < forecast.tables.size(); ++i) {
    forecast.tables[i] = usual_changes(levels, today + static_cast<std::int64_t>(i), levels.end(), from_utc);
  }
  forecast.scores = judge_days(levels, today - kScoredDays + 1, today + 1, from_utc);
  return forecast;
}

namespace {

/// Calls `each(number)` for every number of a forecast, in the order in which they lie in the file.
template <class Forecast, class Each>
void each_number(Forecast& forecast, Each each) {
  each(forecast.made_at);
  each(forecast.from_utc);
  each(forecast.days);
  for (auto& table : forecast.tables) {
    for (auto& field : table) {
      for (auto& horizon : field) {
        for (auto& band : horizon) each(band.low);
        for (auto& band : horizon) each(band.high);
      }
    }
  }
  for (auto& kind : forecast.scores) {
    for (auto& field : kind) {
      for (auto& score : field) {
        each(score.samples);
        each(score.error_sum);
        each(score.same_as_now_sum);
        each(score.same_time_yesterday_sum);
      }
    }
  }
}

}  // namespace

Result<std::string> encode_forecast(const StationForecast& forecast) {
  std::vector<std::int64_t> numbers;
  each_number(forecast, [&](const auto& value) { numbers.push_back(static_cast<std::int64_t>(value)); });
  ColumnWriter out;
  out.number(kFormat);
  out.numbers(numbers);
  return out.pack();
}

Result<StationForecast> decode_forecast(std::string_view bytes) {
  StationForecast forecast;
  std::size_t count = 0;
  each_number(forecast, [&](const auto&) { ++count; });
  auto in = ColumnReader::unpack(bytes);
  if (!in) return std::move(in).error();
  auto format = in->number();
  if (!format) return std::move(format).error();
  if (*format != kFormat) return Error{"a kept forecast has another format", "delete the file of forecasts; it is made again"};
  auto numbers = in->numbers(count);
  if (!numbers) return std::move(numbers).error();
  auto next = numbers->begin();
  each_number(forecast, [&](auto& value) { value = static_cast<std::decay_t<decltype(value)>>(*next++); });
  return forecast;
}

}  // namespace wayside::central
