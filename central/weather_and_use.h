#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "central/gold_query.h"

namespace wayside::central {

/// One hour of a station's use beside the weather at the nearest weather station. Figures as in gold; nothing: not known.
struct HourOfUse {
  std::int64_t start = 0;
  std::optional<double> taken;     ///< bikes_taken_min, or entries
  std::optional<double> returned;  ///< bikes_returned_min, or exits
  std::optional<double> use_minutes_covered;
  std::optional<double> temperature_C;
  std::optional<double> precipitation_mm;
  std::optional<double> wind_m_s;
  std::optional<double> gust_m_s;
};

/// Which weather station stands for a station.
struct NearestWeather {
  StationPk pk{0};
  std::string station_id;
  double distance_m = 0;
};
/// The nearest station that has sent weather and whose position is known; nothing without one, or without a position of
/// the station itself. A station with a weather stream of its own is its own nearest.
Result<std::optional<NearestWeather>> nearest_weather(SqlDatabase& database, StationPk station);

/// The stream by which a station is used: turnstile where it has one, else bike_status.
Result<Stream> use_stream(SqlDatabase& database, StationPk station);

/// Hands out the hours of [since, until) of which the use is known, oldest first.
Status join_weather_and_use(GoldQuery& gold, const GoldRange& use, StationPk weather,
                            const std::function<void(const HourOfUse&)>& take);

/// How much a station is used in the rain and in the dry, by temperature and by wind: means of `taken` over the hours of
/// which at least three quarters are covered.
class UseByWeather {
 public:
  void add(const HourOfUse& hour);
  /// `{"rain":[{"rain":false,"hours":…,"taken_mean":…},…],"temperature_C":[{"from":…,"to":…,"hours":…,"taken_mean":…},…],
  /// "wind_m_s":[…]}`
  std::string json() const;

 private:
  struct Band {
    double width = 1;
    std::map<std::int64_t, std::pair<std::int64_t, double>> hours;  ///< by band: how many, and their sum
    void add(double value, double taken);
  };
  static void append(std::string& out, std::string_view name, const Band& band);

  std::array<std::pair<std::int64_t, double>, 2> rain_{};  ///< dry, rain
  Band temperature_{5, {}};
  Band wind_{2, {}};
};

}  // namespace wayside::central
