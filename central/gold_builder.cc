#include "central/gold_builder.h"

#include "central/gold_bikes.h"
#include "central/gold_rail.h"
#include "central/gold_weather.h"

namespace wayside::central {

std::unique_ptr<GoldBuilder> GoldBuilder::make(Stream stream, Resolution resolution, std::int64_t from, std::int64_t to) {
  switch (stream) {
    case Stream::kBikeStatus: return make_bike_gold(resolution, from, to);
    case Stream::kWeather: return make_weather_gold(resolution, from, to);
    case Stream::kArrival: return make_arrival_gold(resolution, from, to);
    case Stream::kTurnstile: return make_turnstile_gold(resolution, from, to);
    default: return nullptr;
  }
}

std::span<const std::string_view> GoldBuilder::fields(Stream stream) {
  switch (stream) {
    case Stream::kBikeStatus: return bike_fields();
    case Stream::kWeather: return weather_fields();
    case Stream::kArrival: return arrival_fields();
    case Stream::kTurnstile: return turnstile_fields();
    default: return {};
  }
}

}  // namespace wayside::central
