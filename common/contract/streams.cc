#include "common/contract/streams.h"

namespace wayside {
namespace {

struct StreamNames {
  std::string_view text;
  std::string_view topic;
};
constexpr std::array<StreamNames, kAllStreams.size()> kNames{{{"bike_status", "station-status"},
                                                              {"weather", "weather"},
                                                              {"arrival", "arrivals"},
                                                              {"turnstile", "turnstile"},
                                                              {"loss", "station-loss"}}};

constexpr std::array<KafkaTopic, 9> kTopics{{{kTopicStationInformation, true},
                                             {"station-status", false},
                                             {"weather", false},
                                             {"arrivals", false},
                                             {"turnstile", false},
                                             {"station-loss", false},
                                             {kTopicAgentHealth, true},
                                             {kTopicDeadLetter, false},
                                             {kTopicStationState, true}}};

constexpr double kCountMax = 100'000;
constexpr double kCounterMax = 9'007'199'254'740'991.0;  // 2^53 - 1: exact in every JSON reader
constexpr auto kInteger = ValueType::kInteger;
constexpr auto kNumber = ValueType::kNumber;
constexpr auto kBoolean = ValueType::kBoolean;
constexpr auto kText = ValueType::kText;

constexpr std::array<std::string_view, 7> kConditions{"sunny",      "partly_cloudy", "cloudy",       "windy",
                                                      "light_rain", "rain",          "precipitation"};
constexpr std::array<std::string_view, 3> kVehicleStatus{"in_service", "out_of_service", "broken_down"};
constexpr std::array<std::string_view, 4> kLossReasons{"outbox_full", "outbox_damaged", "epoch_closed", "unpublishable"};

constexpr ValueField kBikeFields[] = {
    {"num_bikes_available", kInteger, 0, kCountMax, "1", "bikes ready to be taken (GBFS 2.3)", {}},
    {"num_docks_available", kInteger, 0, kCountMax, "1", "docks ready to take a bike (GBFS 2.3)", {}},
    {"num_bikes_disabled", kInteger, 0, kCountMax, "1", "bikes that cannot be taken (GBFS 2.3)", {}},
    {"num_docks_disabled", kInteger, 0, kCountMax, "1", "docks that take no bike (GBFS 2.3)", {}},
    {"num_ebikes_available", kInteger, 0, kCountMax, "1", "electric bikes among num_bikes_available (Lyft feeds)", {}},
    {"num_scooters_available", kInteger, 0, kCountMax, "1", "scooters ready to be taken (Lyft feeds)", {}},
    {"num_scooters_unavailable", kInteger, 0, kCountMax, "1", "scooters that cannot be taken (Lyft feeds)", {}},
    {"is_installed", kBoolean, 0, 0, "", "the station is on the street (GBFS 2.3)", {}},
    {"is_renting", kBoolean, 0, 0, "", "the station gives bikes out (GBFS 2.3)", {}},
    {"is_returning", kBoolean, 0, 0, "", "the station takes bikes back (GBFS 2.3)", {}},
};

constexpr ValueField kWeatherFields[] = {
    {"air_temperature_C", kNumber, -90, 70, "°C", "air temperature outdoors", {}},
    {"dew_point_temperature_C", kNumber, -110, 60, "°C", "dew point", {}},
    {"relative_humidity_pct", kNumber, 0, 105, "%", "relative humidity outdoors", {}},
    {"air_pressure_at_mean_sea_level_hPa", kNumber, 800, 1100, "hPa", "pressure reduced to sea level", {}},
    {"surface_air_pressure_hPa", kNumber, 300, 1100, "hPa", "pressure at the station", {}},
    {"wind_speed_m_s", kNumber, 0, 120, "m/s", "wind speed", {}},
    {"wind_from_direction_deg", kNumber, 0, 360, "°", "where true wind comes from, clockwise from north", {}},
    {"wind_speed_of_gust_m_s", kNumber, 0, 150, "m/s", "strongest wind of the device's gust window", {}},
    {"relative_wind_speed_m_s", kNumber, 0, 200, "m/s", "wind speed relative to a moving mast (NMEA MWV R)", {}},
    {"relative_wind_from_direction_deg", kNumber, 0, 360, "°", "wind angle relative to the mast's bow (NMEA MWV R)", {}},
    {"precipitation_total_mm", kNumber, 0, 1e7, "mm", "cumulative precipitation since counter_id began", {}},
    {"precipitation_rate_mm_h", kNumber, 0, 2000, "mm/h", "momentary rain rate", {}},
    {"solar_irradiance_W_m2", kNumber, 0, 2000, "W/m²", "global radiation", {}},
    {"illuminance_lx", kNumber, 0, 300'000, "lx", "illuminance", {}},
    {"ultraviolet_index", kNumber, 0, 30, "1", "UV index", {}},
    {"pm10_ug_m3", kNumber, 0, 10'000, "µg/m³", "particulate matter up to 10 µm", {}},
    {"pm2p5_ug_m3", kNumber, 0, 10'000, "µg/m³", "particulate matter up to 2.5 µm", {}},
    {"weather_condition", kText, 1, 32, "", "the sky in one word", kConditions},
    {"battery_low", kBoolean, 0, 0, "", "the sensor asks for a new battery", {}},
    {"counter_id", kText, 1, 64, "", "names one life of the cumulative counters; changes at reset or roll-over", {}},
};

constexpr ValueField kArrivalFields[] = {
    {"vehicle_id", kText, 1, 64, "", "train (GTFS vehicle id)", {}},
    {"route_id", kText, 1, 64, "", "line (GTFS route id)", {}},
    {"direction_id", kText, 1, 8, "", "direction of travel, such as a or b", {}},
    {"vehicle_status", kText, 1, 32, "", "state of the train", kVehicleStatus},
    {"prev_station_id", kText, 1, 64, "", "station that the train came from", {}},
    {"prev_direction_id", kText, 1, 8, "", "direction in which it left prev_station_id", {}},
    {"stop_sequence", kInteger, 0, kCountMax, "1", "place of the station along the line", {}},
};

constexpr ValueField kTurnstileFields[] = {
    {"entries_total", kInteger, 0, kCounterMax, "1", "cumulative people in since counter_id began", {}},
    {"exits_total", kInteger, 0, kCounterMax, "1", "cumulative people out since counter_id began", {}},
    {"pulses_total", kInteger, 0, kCounterMax, "1", "cumulative pulses since counter_id began", {}},
    {"counter_id", kText, 1, 64, "", "names one life of the cumulative counters; changes at reset or roll-over", {}},
};

constexpr ValueField kLossFields[] = {
    {"epoch", kText, 1, 32, "", "epoch whose readings were lost", {}},
    {"reason", kText, 1, 32, "", "what forced them out", kLossReasons},
    {"last_seq", kInteger, 0, kCounterMax, "1", "last seq that epoch gave this station", {}},
};

}  // namespace

std::string_view to_text(Stream stream) { return kNames[static_cast<std::size_t>(stream)].text; }

std::optional<Stream> parse_stream(std::string_view text) {
  for (const Stream stream : kAllStreams) {
    if (to_text(stream) == text) return stream;
  }
  return std::nullopt;
}

std::string_view kafka_topic(Stream stream) { return kNames[static_cast<std::size_t>(stream)].topic; }
std::span<const KafkaTopic> kafka_topics() { return kTopics; }

std::span<const ValueField> value_fields(Stream stream) {
  switch (stream) {
    case Stream::kBikeStatus: return kBikeFields;
    case Stream::kWeather: return kWeatherFields;
    case Stream::kArrival: return kArrivalFields;
    case Stream::kTurnstile: return kTurnstileFields;
    case Stream::kLoss: return kLossFields;
  }
  return {};
}

}  // namespace wayside
