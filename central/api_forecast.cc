// GET /api/v1/stations/{id}/forecast: bikes and docks in 30 and 60 minutes, and how good that is.
#include <cmath>

#include "central/answer.h"
#include "central/api.h"
#include "central/forecast_store.h"
#include "central/json_text.h"
#include "central/read_snapshot.h"
#include "central/station_lookup.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kMomentsOfHour = 6;

struct ForecastQuestion {
  std::string station_id;
  std::string path;  ///< of the file of forecasts
  UtcTime now;
  std::int64_t report_interval_s = 0;
  std::optional<WhyNoForecast> why_not;  ///< already known
};

/// What the station's last hour says.
struct LastHour {
  std::optional<CountNow> of(ForecastField field) const {
    const auto now = levels.held(field);
    if (!now) return std::nullopt;
    CountNow count{*now, levels.at(field, levels.first()), std::nullopt};
    const auto other = levels.held(field == ForecastField::kBikes ? ForecastField::kDocks : ForecastField::kBikes);
    if (other) count.most = *now + *other;
    return count;
  }
  Levels levels;
};

Result<LastHour> read_last_hour(SqlDatabase& database, StationPk station, const ForecastQuestion& question) {
  auto snapshot = ReadSnapshot::begin(database);
  if (!snapshot) return std::move(snapshot).error();
  auto readings = ObservationReader::open(database, Stream::kBikeStatus, question.report_interval_s);
  if (!readings) return std::move(readings).error();
  auto levels = read_levels(**readings, station, question.now.ms / kMomentMs - kMomentsOfHour, question.now.ms);
  if (!levels) return std::move(levels).error();
  return LastHour{std::move(*levels)};
}

void append_score(std::string& out, const ForecastScore& score) {
  const auto mean = [&](std::string_view key, std::uint64_t sum) {
    append_key(out, key);
    append_number(out, std::round(score.mean(sum) * 1000) / 1000);
  };
  out += '{';
  append_key(out, "samples");
  append_integer(out, score.samples);
  mean("mean_absolute_error", score.error_sum);
  mean("same_as_now", score.same_as_now_sum);
  mean("same_time_yesterday", score.same_time_yesterday_sum);
  out += '}';
}

/// On days like the present one.
const ForecastScore& score_of(const StationForecast& kept, std::int64_t moment, ForecastField field, std::size_t horizon) {
  return kept.scores[static_cast<std::size_t>(kind_of(moment, kept.from_utc))][static_cast<std::size_t>(field)][horizon];
}

/// The count, or why there is none.
struct Said {
  std::optional<int> count;
  std::optional<WhyNoForecast> why_not;
};

Said say(const ForecastQuestion& question, const std::optional<StationForecast>& kept, const LastHour& hour,
         ForecastField field, std::size_t horizon) {
  if (question.why_not == WhyNoForecast::kNotBikes) return {{}, question.why_not};
  const std::int64_t moment = question.now.ms / kMomentMs;
  const ChangeTable* table = kept ? kept->table(moment / kMomentsOfDay) : nullptr;
  if (table == nullptr) return {{}, WhyNoForecast::kNotMadeYet};
  const auto at = static_cast<std::size_t>(field);
  if (const auto why = why_not_shown(score_of(*kept, moment, field, horizon))) return {{}, why};
  const ChangeBand& band = (*table)[at][horizon][half_hour_of(moment)];
  if (!band.known()) return {{}, WhyNoForecast::kTooLittleHistory};
  const auto count = hour.of(field);
  if (question.why_not || !count) return {{}, WhyNoForecast::kNotLive};
  return {forecast_count(*count, band, kHorizons[horizon]), {}};
}

void append_forecasts(std::string& out, const ForecastQuestion& question, const std::optional<StationForecast>& kept,
                      const LastHour& hour) {
  append_key(out, "forecasts");
  out += '[';
  for (const ForecastField field : kForecastFields) {
    for (std::size_t horizon = 0; horizon < kHorizons.size(); ++horizon) {
      const std::int64_t ahead_ms = kHorizons[horizon] * kMomentMs;
      const Said said = say(question, kept, hour, field, horizon);
      append_comma(out);
      out += '{';
      append_key(out, "field");
      append_json_string(out, to_text(field));
      append_key(out, "minutes");
      append_integer(out, ahead_ms / 60'000);
      append_key(out, "at");
      append_time(out, UtcTime{question.now.ms + ahead_ms});
      append_key(out, "count");
      said.count ? append_integer(out, *said.count) : void(out += "null");
      append_key(out, "why_not");
      said.why_not ? append_json_string(out, to_text(*said.why_not)) : void(out += "null");
      append_key(out, "score");
      kept ? append_score(out, score_of(*kept, question.now.ms / kMomentMs, field, horizon)) : void(out += "null");
      out += '}';
    }
  }
  out += ']';
}

HttpResponse answer_forecast(SqlDatabase& database, const ForecastQuestion& question) {
  auto found = find_station(database, question.station_id);
  if (auto* answer = std::get_if<HttpResponse>(&found)) return std::move(*answer);
  auto hour = read_last_hour(database, std::get<StationPk>(found), question);
  if (!hour) return failure(hour.error());
  auto kept = read_forecast(question.path, question.station_id);
  if (!kept) return failure(kept.error());
  std::string out = "{";
  append_key(out, "station_id");
  append_json_string(out, question.station_id);
  append_key(out, "generated_at");
  append_time(out, question.now);
  append_key(out, "made_at");
  append_time(out, *kept ? std::optional(UtcTime{(*kept)->made_at}) : std::nullopt);
  append_key(out, "days");
  append_integer(out, *kept ? (*kept)->days : 0);
  append_key(out, "day_kind");
  *kept ? append_json_string(out, to_text(kind_of(question.now.ms / kMomentMs, (*kept)->from_utc))) : void(out += "null");
  append_forecasts(out, question, *kept, *hour);
  return json_answer(out += "}\n");
}

}  // namespace

void Api::forecast(const Exchange& exchange, const std::string& id) {
  const BoardStation* station = context_.board.find(id);
  if (station == nullptr) return respond(exchange, no_such_station(id));
  ForecastQuestion question{id, context_.forecast_path, context_.clock.wall(), context_.report_interval_s, {}};
  const BoardStream* bikes = station->stream(Stream::kBikeStatus);
  if (bikes == nullptr) {
    question.why_not = WhyNoForecast::kNotBikes;
  } else if (bikes->state != StationState::kLive && bikes->state != StationState::kLate) {
    question.why_not = WhyNoForecast::kNotLive;
  }
  context_.readers.answer(
      exchange, [question = std::move(question)](SqlDatabase& database) { return answer_forecast(database, question); });
}

}  // namespace wayside::central
