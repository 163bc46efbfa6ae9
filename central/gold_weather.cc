#include "central/gold_weather.h"

#include <array>
#include <cmath>
#include <numbers>

#include "central/field_picker.h"
#include "central/gold_buckets.h"

namespace wayside::central {
namespace {

enum Statistics : unsigned { kMean = 1, kMin = 2, kMax = 4 };

struct WeatherField {
  std::string_view name;
  unsigned statistics;
  int decimals;
};
constexpr std::array<WeatherField, 13> kMeasured{{{"air_temperature_C", kMean | kMin | kMax, 2},
                                                  {"dew_point_temperature_C", kMean, 2},
                                                  {"relative_humidity_pct", kMean | kMin | kMax, 1},
                                                  {"air_pressure_at_mean_sea_level_hPa", kMean | kMin | kMax, 2},
                                                  {"surface_air_pressure_hPa", kMean | kMin | kMax, 2},
                                                  {"wind_speed_m_s", kMean | kMax, 2},
                                                  {"wind_speed_of_gust_m_s", kMax, 2},
                                                  {"precipitation_rate_mm_h", kMax, 2},
                                                  {"solar_irradiance_W_m2", kMean | kMax, 1},
                                                  {"illuminance_lx", kMean, 0},
                                                  {"ultraviolet_index", kMax, 1},
                                                  {"pm10_ug_m3", kMean | kMax, 1},
                                                  {"pm2p5_ug_m3", kMean | kMax, 1}}};
constexpr std::size_t kSpeed = 5;
constexpr std::size_t kDirection = kMeasured.size();
constexpr std::size_t kRain = kDirection + 1;
constexpr std::size_t kCounterId = kRain + 1;

constexpr auto kFields = [] {
  std::array<std::string_view, kCounterId + 1> names;
  for (std::size_t i = 0; i < kMeasured.size(); ++i) names[i] = kMeasured[i].name;
  names[kDirection] = "wind_from_direction_deg";
  names[kRain] = "precipitation_total_mm";
  names[kCounterId] = "counter_id";
  return names;
}();

struct Wind {
  double east = 0;  ///< where it comes from
  double north = 0;
};

struct WeatherCell {
  std::array<Series, kMeasured.size()> series;
  Series east;
  Series north;
  std::optional<double> rain_mm;
  std::int64_t alive_ms = 0;
  std::int64_t readings = 0;
};

class WeatherGold : public GoldBuilder {
 public:
  WeatherGold(Resolution resolution, std::int64_t from, std::int64_t to) : buckets_(resolution, from, to) {}

  void add(const Observation& observation) override {
    WeatherCell* cell = buckets_.at(observation.at);
    if (cell != nullptr) ++cell->readings;
    alive_.advance(observation, [this](std::int64_t begin, std::int64_t end) {
      buckets_.overlap(begin, end, [](WeatherCell& bucket, std::int64_t ms) { bucket.alive_ms += ms; });
    });
    for (std::size_t i = 0; i < kMeasured.size(); ++i) add_measured(i, observation, cell);
    add_wind(observation, cell);
    if (observation.heartbeat) return;
    const auto total = number_of(observation.values[kRain]);
    const auto fallen = total ? rain_.advance(observation.at, *total, observation.values[kCounterId]) : std::nullopt;
    if (fallen && cell != nullptr) cell->rain_mm = cell->rain_mm.value_or(0) + *fallen;
  }

  std::vector<GoldRow> finish() override {
    std::vector<GoldRow> rows;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i].readings > 0 || buckets_[i].alive_ms > 0) rows.push_back(row_of(buckets_.start(i), buckets_[i]));
    }
    return rows;
  }

 private:
  /// Devices send their values in parts: a reading without a field says nothing of it.
  void add_measured(std::size_t i, const Observation& observation, WeatherCell* cell) {
    const auto value = observation.heartbeat ? std::nullopt : number_of(observation.values[i]);
    if (!value && !observation.heartbeat) return;
    held_[i].reach(observation.at, [&](double held, std::int64_t begin, std::int64_t end) {
      buckets_.overlap(begin, end, [&](WeatherCell& bucket, std::int64_t ms) { bucket.series[i].hold(held, ms); });
    });
    if (!value) return held_[i].renew(observation);
    if (cell != nullptr) cell->series[i].observe(*value);
    held_[i].set(*value, observation);
  }

  void hold_wind(std::int64_t at) {
    wind_.reach(at, [&](const Wind& wind, std::int64_t begin, std::int64_t end) {
      buckets_.overlap(begin, end, [&](WeatherCell& bucket, std::int64_t ms) {
        bucket.east.hold(wind.east, ms);
        bucket.north.hold(wind.north, ms);
      });
    });
  }

  void add_wind(const Observation& observation, WeatherCell* cell) {
    if (observation.heartbeat) {
      hold_wind(observation.at);
      return wind_.renew(observation);
    }
    const auto speed = number_of(observation.values[kSpeed]);
    const auto direction = number_of(observation.values[kDirection]);
    if (!speed || !direction) return;
    hold_wind(observation.at);
    const double angle = *direction * std::numbers::pi / 180;
    const Wind wind{*speed * std::sin(angle), *speed * std::cos(angle)};
    if (cell != nullptr) {
      cell->east.observe(wind.east);
      cell->north.observe(wind.north);
    }
    wind_.set(wind, observation);
  }

  static GoldRow row_of(std::int64_t start, const WeatherCell& cell) {
    std::vector<std::optional<double>> figures;
    for (std::size_t i = 0; i < kMeasured.size(); ++i) {
      if ((kMeasured[i].statistics & kMean) != 0) figures.push_back(cell.series[i].mean());
      if ((kMeasured[i].statistics & kMin) != 0) figures.push_back(cell.series[i].min());
      if ((kMeasured[i].statistics & kMax) != 0) figures.push_back(cell.series[i].max());
    }
    std::optional<double> speed;
    std::optional<double> direction;
    if (const auto east = cell.east.mean(), north = cell.north.mean(); east && north) {
      speed = std::hypot(*east, *north);
      // A mean of nothing, or of winds that cancel each other, comes from nowhere.
      if (*speed >= 0.005) direction = std::fmod(std::atan2(*east, *north) * 180 / std::numbers::pi + 360, 360);
    }
    figures.insert(figures.end(),
                   {speed, direction, cell.rain_mm, minutes_of(cell.alive_ms), static_cast<double>(cell.readings)});
    GoldRow row;
    row.start = start;
    const auto columns = weather_columns();
    for (std::size_t at = 0; at < columns.size(); ++at) row.cells.push_back(to_cell(figures[at], columns[at].decimals));
    return row;
  }

  Buckets<WeatherCell> buckets_;
  std::array<Held<double>, kMeasured.size()> held_;
  Held<Wind> wind_;
  Counter rain_;
  Alive alive_;
};

std::vector<GoldColumn> make_columns() {
  std::vector<GoldColumn> columns;
  for (const WeatherField& field : kMeasured) {
    const std::string name(field.name);
    if ((field.statistics & kMean) != 0) columns.push_back({name + "_mean", field.decimals, "weighted by time"});
    if ((field.statistics & kMin) != 0) columns.push_back({name + "_min", field.decimals, "lowest"});
    if ((field.statistics & kMax) != 0) columns.push_back({name + "_max", field.decimals, "highest"});
  }
  columns.push_back({"wind_vector_speed_m_s_mean", 2, "length of the mean wind vector"});
  columns.push_back({"wind_from_direction_deg_mean", 1, "direction of the mean wind vector; null: calm"});
  columns.push_back({"precipitation_mm", 3, "fallen: differences of precipitation_total_mm within a counter_id"});
  columns.push_back({"minutes_covered", 3, "in which the station was alive"});
  columns.push_back({"readings", 0, "readings in the bucket"});
  return columns;
}

}  // namespace

std::span<const GoldColumn> weather_columns() {
  static const std::vector<GoldColumn> kColumns = make_columns();
  return kColumns;
}

std::span<const std::string_view> weather_fields() { return kFields; }

std::unique_ptr<GoldBuilder> make_weather_gold(Resolution resolution, std::int64_t from, std::int64_t to) {
  return std::make_unique<WeatherGold>(resolution, from, to);
}

}  // namespace wayside::central
