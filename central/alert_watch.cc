#include "central/alert_watch.h"

#include <algorithm>
#include <charconv>

namespace wayside::central {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
/// An open outbox alert closes when the outbox is so much (%) below the limit.
constexpr double kOutboxBelow = 10;
/// A dew point lies above its air temperature by more than rounding and two sensors' errors.
constexpr double kDewPointAboveCelsius = 1;

AlertBookOptions book_options(const AlertSettings& settings) {
  AlertBookOptions options;
  const auto hold = [&](AlertRule rule, std::int64_t minutes, bool waits = true) {
    if (minutes > 0) options.hold_ms[static_cast<std::size_t>(rule)] = waits ? minutes * kMinuteMs : 0;
  };
  hold(AlertRule::kSilent, settings.silent_min);
  hold(AlertRule::kEmpty, settings.empty_min);
  hold(AlertRule::kFull, settings.full_min);
  hold(AlertRule::kBadClock, settings.bad_clock_min);
  hold(AlertRule::kBacklog, settings.backlog_min);
  hold(AlertRule::kFrozenValue, settings.frozen_min, false);
  hold(AlertRule::kImpossibleValue, settings.impossible_min, false);
  hold(AlertRule::kOutbox, settings.outbox_pct, false);
  options.clear_ms = settings.clear_min * kMinuteMs;
  for (const auto& window : settings.maintenance) {
    options.windows.push_back({window->station, *parse_rfc3339(window->from), *parse_rfc3339(window->until)});
  }
  return options;
}

std::optional<double> number(const StreamState& state, std::string_view name) {
  const std::string_view text = state.value(name);
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && !text.empty() ? std::optional(value) : std::nullopt;
}

void see_bikes(const BoardStream& stream, StationFacts& facts) {
  const bool current = stream.state == StationState::kLive || stream.state == StationState::kLate;
  if (!current) return;
  const auto bikes = stream.values.integer("num_bikes_available");
  const auto docks = stream.values.integer("num_docks_available");
  if (bikes && stream.values.flag("is_renting").value_or(true)) facts.empty = *bikes == 0;
  if (docks && stream.values.flag("is_returning").value_or(true)) facts.full = *docks == 0;
}

void see_weather(const BoardStream& stream, StationFacts& facts) {
  const auto air = number(stream.values, "air_temperature_C");
  const auto dew = number(stream.values, "dew_point_temperature_C");
  if (air && dew && *dew > *air + kDewPointAboveCelsius)
    facts.impossible = "dew_point_temperature_C lies above air_temperature_C";
}

}  // namespace

StationFacts facts_of(const BoardStation& station, const std::vector<std::string>& watched) {
  StationFacts facts;
  facts.id = station.id;
  facts.state = station.state;
  for (const BoardStream& stream : station.streams) {
    const StreamState& values = stream.values;
    if (values.stream == Stream::kBikeStatus) see_bikes(stream, facts);
    if (values.stream == Stream::kWeather) see_weather(stream, facts);
    if (stream.state == station.state && facts.detail.empty()) {
      facts.detail = std::string(to_text(values.stream)) + ": last reading of " +
                     (values.observed_at ? format_rfc3339(*values.observed_at) : "never");
    }
    for (const StateField& field : values.fields) {
      const std::string_view name = std::string_view(field.name).substr(1, field.name.size() - 2);
      for (const std::string& wanted : watched) {
        if (wanted == name) facts.watched.push_back({wanted, field.value, field.observed_at});
      }
    }
  }
  return facts;
}

AlertWatch::AlertWatch(const AlertSettings& settings)
    : frozen_ms_(settings.frozen_min * kMinuteMs),
      impossible_ms_(settings.impossible_min * kMinuteMs),
      backlog_records_(settings.backlog_records),
      outbox_pct_(static_cast<double>(settings.outbox_pct)),
      book_(book_options(settings)) {
  book_.set_blind(true);
}

void AlertWatch::restore(const AlertKey& key, UtcTime now) {
  book_.restore(key, now);
  if (key.rule == AlertRule::kImpossibleValue) impossible_[key.name] = now;
}

void AlertWatch::see_station(const StationFacts& facts, UtcTime now) {
  if (facts.gone) {
    frozen_.erase(facts.id);
    impossible_.erase(facts.id);
    return book_.forget(AlertSubject::kStation, facts.id);
  }
  const auto observe = [&](AlertRule rule, std::optional<bool> wrong, std::string_view detail) {
    book_.observe({rule, AlertSubject::kStation, facts.id}, wrong, detail, now);
  };
  const bool bad_clock = facts.state == StationState::kBadClock;
  const bool silent = facts.state == StationState::kSilent;
  // A bad clock hides whether the station is silent, and the other way round.
  observe(AlertRule::kSilent, bad_clock ? std::nullopt : std::optional(silent), silent ? facts.detail : "it reports again");
  observe(AlertRule::kBadClock, silent ? std::nullopt : std::optional(bad_clock),
          bad_clock ? facts.detail : "its time is good");
  observe(AlertRule::kEmpty, facts.empty, facts.empty.value_or(false) ? "no bike is available" : "there are bikes");
  observe(AlertRule::kFull, facts.full, facts.full.value_or(false) ? "no dock is free" : "there are free docks");
  if (!facts.impossible.empty()) see_refused(facts.id, facts.impossible, now);
  if (book_.is_on(AlertRule::kFrozenValue)) see_values(facts, now);
}

void AlertWatch::see_values(const StationFacts& facts, UtcTime now) {
  if (facts.watched.empty()) return;
  auto& known = frozen_[facts.id];
  std::string detail;
  bool all_change = true;
  for (const StationFacts::Value& value : facts.watched) {
    Frozen& frozen = known.try_emplace(value.name, Frozen{value.text, value.observed_at}).first->second;
    if (frozen.text != value.text) frozen = {value.text, value.observed_at, true};
    all_change = all_change && frozen.changed;
    if (value.observed_at.ms - frozen.since.ms < frozen_ms_ || !detail.empty()) continue;
    detail = value.name + " has been " + value.text + " since " + format_rfc3339(frozen.since);
  }
  // After a start nothing is known of before: an open alert waits until each of its values has changed.
  const auto wrong = detail.empty() && !all_change ? std::nullopt : std::optional(!detail.empty());
  book_.observe({AlertRule::kFrozenValue, AlertSubject::kStation, facts.id}, wrong,
                detail.empty() ? "its values change" : detail, now);
}

void AlertWatch::see_agent(const AgentFacts& facts, UtcTime now) {
  const auto observe = [&](AlertRule rule, std::optional<bool> wrong, std::string_view detail) {
    book_.observe({rule, AlertSubject::kAgent, facts.name}, wrong, detail, now);
  };
  observe(AlertRule::kSilent, facts.offline, facts.offline ? "the agent is offline" : "the agent is online");
  observe(AlertRule::kBadClock, facts.offline ? std::nullopt : std::optional(facts.bad_clock),
          facts.bad_clock ? "the agent does not know the time" : "the agent knows the time");
  std::optional<bool> wrong;
  if (!facts.outbox_fault.empty() || facts.outbox_pct >= outbox_pct_) {
    wrong = true;
  } else if (facts.outbox_pct < std::max(1.0, outbox_pct_ - kOutboxBelow)) {
    wrong = false;
  }
  const std::string full = "the outbox is " + std::to_string(static_cast<int>(facts.outbox_pct)) + " % full";
  observe(AlertRule::kOutbox, wrong, facts.outbox_fault.empty() ? full : "the outbox takes nothing: " + facts.outbox_fault);
}

void AlertWatch::see_refused(const std::string& station_id, const std::string& detail, UtcTime now) {
  if (!book_.is_on(AlertRule::kImpossibleValue)) return;
  impossible_[station_id] = now;
  book_.observe({AlertRule::kImpossibleValue, AlertSubject::kStation, station_id}, true, detail, now);
}

void AlertWatch::see_line(const LineFacts& facts, UtcTime now) {
  if (lag_at_.ms == 0 || now.ms - lag_at_.ms >= kMinuteMs) {
    grows_ = lag_at_.ms != 0 && facts.lag >= lag_before_;
    lag_before_ = facts.lag;
    lag_at_ = now;
  }
  const bool behind = facts.lag >= backlog_records_;
  std::optional<bool> wrong;
  if (!facts.folding || (behind && grows_)) {
    wrong = true;
  } else if (!grows_ || facts.lag < backlog_records_ / 2) {
    wrong = false;
  }
  const std::string lag = std::to_string(facts.lag) + " records wait in Kafka";
  book_.observe({AlertRule::kBacklog, AlertSubject::kCentral, {}}, wrong,
                facts.folding ? lag : "central does not fold: " + facts.why_not, now);
  book_.set_blind(!facts.folding || behind);
}

std::vector<AlertNews> AlertWatch::tick(UtcTime now) {
  for (auto place = impossible_.begin(); place != impossible_.end();) {
    const bool over = now.ms - place->second.ms >= impossible_ms_;
    if (over) {
      book_.observe({AlertRule::kImpossibleValue, AlertSubject::kStation, place->first}, false, "no more of it came", now);
    }
    place = over ? impossible_.erase(place) : std::next(place);
  }
  return book_.tick(now);
}

}  // namespace wayside::central
