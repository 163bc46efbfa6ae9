#pragma once

#include "central/gold_builder.h"

namespace wayside::central {

std::span<const std::string_view> arrival_fields();
std::unique_ptr<GoldBuilder> make_arrival_gold(Resolution resolution, std::int64_t from, std::int64_t to);
std::span<const std::string_view> turnstile_fields();
std::unique_ptr<GoldBuilder> make_turnstile_gold(Resolution resolution, std::int64_t from, std::int64_t to);

}  // namespace wayside::central
