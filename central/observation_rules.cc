#include "central/observation_rules.h"

#include <algorithm>

#include "central/field_picker.h"
#include "central/gold_builder.h"
#include "central/quality.h"
#include "central/station_info.h"

namespace wayside::central {
namespace {

constexpr double kSilentIntervals = 5;

}  // namespace

std::int64_t gap_limit_ms(std::optional<std::string_view> info, Stream stream, std::int64_t report_interval_s) {
  auto interval_s = static_cast<double>(report_interval_s);
  if (info) {
    auto parsed = parse_station_info(*info);
    const double said = parsed.ok() ? parsed->report_interval_s[static_cast<std::size_t>(stream)] : 0;
    if (said > 0) interval_s = said;
  }
  return std::min(kCarryMaxMs, static_cast<std::int64_t>(interval_s * 1000 * kSilentIntervals));
}

void leave_out_unusable(std::span<const std::string_view> fields, std::span<std::string_view> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = number_of(values[i]);
    if (value && !usable(fields[i], *value)) values[i] = {};
  }
}

}  // namespace wayside::central
