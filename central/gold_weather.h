#pragma once

#include "central/gold_builder.h"

namespace wayside::central {

std::span<const GoldColumn> weather_columns();
std::span<const std::string_view> weather_fields();
std::unique_ptr<GoldBuilder> make_weather_gold(Resolution resolution, std::int64_t from, std::int64_t to);

}  // namespace wayside::central
