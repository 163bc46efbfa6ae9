#include "central/weather_and_use.h"

#include <cmath>

#include "central/json_text.h"
#include "central/station_query.h"

namespace wayside::central {
namespace {

constexpr double kCoveredMinutesMin = 45;

std::optional<double> figure(Stream stream, const GoldRow& row, std::string_view name) {
  const auto columns = gold_columns(stream);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name && row.cells[i]) return from_cell(*row.cells[i], columns[i].decimals);
  }
  return std::nullopt;
}

void append_figure(std::string& out, std::string_view key, std::optional<double> value) {
  append_key(out, key);
  value ? append_number(out, *value) : void(out += "null");
}

}  // namespace

Result<std::optional<NearestWeather>> nearest_weather(SqlDatabase& database, StationPk station) {
  auto own =
      database.prepare("SELECT json_extract(info, '$.lat'), json_extract(info, '$.lon') FROM station WHERE station_pk = ?1");
  if (!own) return std::move(own).error();
  auto row = own->bind(1, raw(station)).step();
  if (!row) return std::move(row).error();
  if (!*row || own->is_null(0) || own->is_null(1)) return std::optional<NearestWeather>();
  const double lat = own->real(0);
  const double lon = own->real(1);
  own->reset();
  std::optional<NearestWeather> nearest;
  auto read = database.each_row(
      "SELECT station_pk, station_id, json_extract(info, '$.lat') AS lat, json_extract(info, '$.lon') AS lon FROM station "
      "JOIN stream_state USING (station_pk) WHERE stream = 1 AND retired_at IS NULL AND lat IS NOT NULL AND lon IS NOT NULL",
      [&](const SqlStatement& other) {
        const double away = distance_m(lon, lat, other.real(3), other.real(2));
        if (nearest && nearest->distance_m <= away) return;
        nearest = NearestWeather{StationPk{other.integer(0)}, std::string(other.text(1)), away};
      });
  if (!read.ok()) return std::move(read).error();
  return nearest;
}

Result<Stream> use_stream(SqlDatabase& database, StationPk station) {
  auto turnstile =
      database.query_integer("SELECT 1 FROM stream_state WHERE stream = 3 AND station_pk = " + std::to_string(raw(station)));
  if (!turnstile) return std::move(turnstile).error();
  return *turnstile ? Stream::kTurnstile : Stream::kBikeStatus;
}

Status join_weather_and_use(GoldQuery& gold, const GoldRange& use, StationPk weather,
                            const std::function<void(const HourOfUse&)>& take) {
  std::map<std::int64_t, GoldRow> weather_hours;
  WAYSIDE_TRY(gold.read({weather, Stream::kWeather, Resolution::kHour, use.since, use.until}, [&](GoldRow& row) {
    weather_hours.emplace(row.start, std::move(row));
    return true;
  }));
  const bool rail = use.stream == Stream::kTurnstile;
  return gold.read(use, [&](const GoldRow& row) {
    HourOfUse hour;
    hour.start = row.start;
    hour.taken = figure(use.stream, row, rail ? "entries" : "bikes_taken_min");
    hour.returned = figure(use.stream, row, rail ? "exits" : "bikes_returned_min");
    hour.use_minutes_covered = figure(use.stream, row, "minutes_covered");
    if (const auto found = weather_hours.find(row.start); found != weather_hours.end()) {
      hour.temperature_C = figure(Stream::kWeather, found->second, "air_temperature_C_mean");
      hour.precipitation_mm = figure(Stream::kWeather, found->second, "precipitation_mm");
      hour.wind_m_s = figure(Stream::kWeather, found->second, "wind_speed_m_s_mean");
      hour.gust_m_s = figure(Stream::kWeather, found->second, "wind_speed_of_gust_m_s_max");
    }
    take(hour);
    return true;
  });
}

void UseByWeather::Band::add(double value, double taken) {
  auto& [count, sum] = hours[static_cast<std::int64_t>(std::floor(value / width))];
  ++count;
  sum += taken;
}

void UseByWeather::add(const HourOfUse& hour) {
  if (!hour.taken || hour.use_minutes_covered.value_or(0) < kCoveredMinutesMin) return;
  if (hour.precipitation_mm) {
    auto& [count, sum] = rain_[*hour.precipitation_mm > 0 ? 1 : 0];
    ++count;
    sum += *hour.taken;
  }
  if (hour.temperature_C) temperature_.add(*hour.temperature_C, *hour.taken);
  if (hour.wind_m_s) wind_.add(*hour.wind_m_s, *hour.taken);
}

void UseByWeather::append(std::string& out, std::string_view name, const Band& band) {
  append_key(out, name);
  out += '[';
  for (const auto& [number, hours] : band.hours) {
    append_comma(out);
    out += '{';
    append_figure(out, "from", static_cast<double>(number) * band.width);
    append_figure(out, "to", static_cast<double>(number + 1) * band.width);
    append_figure(out, "hours", static_cast<double>(hours.first));
    append_figure(out, "taken_mean", std::round(hours.second / static_cast<double>(hours.first) * 1000) / 1000);
    out += '}';
  }
  out += ']';
}

std::string UseByWeather::json() const {
  std::string out = "{";
  append_key(out, "rain");
  out += '[';
  for (const bool wet : {false, true}) {
    const auto& [count, sum] = rain_[wet ? 1 : 0];
    if (count == 0) continue;
    append_comma(out);
    out.append("{\"rain\":").append(wet ? "true" : "false");
    append_figure(out, "hours", static_cast<double>(count));
    append_figure(out, "taken_mean", std::round(sum / static_cast<double>(count) * 1000) / 1000);
    out += '}';
  }
  out += ']';
  append(out, "temperature_C", temperature_);
  append(out, "wind_m_s", wind_);
  return out += '}';
}

}  // namespace wayside::central
