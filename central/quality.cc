#include "central/quality.h"

#include <algorithm>
#include <cmath>

#include "central/field_picker.h"
#include "central/json_text.h"

namespace wayside::central {
namespace {

constexpr std::int64_t kJumpMsMax = 10 * 60'000;
constexpr std::int64_t kFrozenMs = 6 * 3'600'000;
/// Behind a longer pause nothing is remembered, so that flags do not depend on where reading began.
constexpr std::int64_t kPauseMs = 3'600'000;

/// What is known of a field. `jump` 0: it may change by anything; `freezes`: outdoors it never stands still for hours.
struct FieldRule {
  Stream stream;
  std::string_view name;
  double min;
  double max;
  double jump;
  bool freezes;
  std::optional<double> sentinel;
};
// Ranges: WMO's records with some room. Jumps: WMO-No. 8, part III, limits for step tests of minute values, times 3.
// Sentinels: SDS011 at its end (1999.9, 999.9), DHT22 without an answer (0 %), BH1750 at its end (54612.5 lx).
constexpr std::array<FieldRule, 14> kRules{
    {{Stream::kWeather, "air_temperature_C", -89.5, 57, 9, true, std::nullopt},
     {Stream::kWeather, "dew_point_temperature_C", -95, 37, 9, true, std::nullopt},
     {Stream::kWeather, "relative_humidity_pct", 0, 102, 45, false, 0},
     {Stream::kWeather, "air_pressure_at_mean_sea_level_hPa", 865, 1090, 6, true, std::nullopt},
     {Stream::kWeather, "surface_air_pressure_hPa", 450, 1090, 6, true, std::nullopt},
     {Stream::kWeather, "wind_speed_m_s", 0, 100, 0, false, std::nullopt},
     {Stream::kWeather, "wind_speed_of_gust_m_s", 0, 115, 0, false, std::nullopt},
     {Stream::kWeather, "solar_irradiance_W_m2", 0, 1700, 0, false, std::nullopt},
     {Stream::kWeather, "illuminance_lx", 0, 200'000, 0, false, 54612.5},
     {Stream::kWeather, "ultraviolet_index", 0, 25, 0, false, std::nullopt},
     {Stream::kWeather, "pm10_ug_m3", 0, 10'000, 0, false, 1999.9},
     {Stream::kWeather, "pm2p5_ug_m3", 0, 10'000, 0, false, 999.9},
     {Stream::kBikeStatus, "num_bikes_available", 0, 2000, 0, false, std::nullopt},
     {Stream::kBikeStatus, "num_docks_available", 0, 2000, 0, false, std::nullopt}}};

const FieldRule* rule_of(std::string_view field) {
  const auto found = std::find_if(kRules.begin(), kRules.end(), [&](const FieldRule& rule) { return rule.name == field; });
  return found == kRules.end() ? nullptr : &*found;
}

Quality judge_alone(const FieldRule& rule, double value) {
  if (rule.sentinel && std::abs(value - *rule.sentinel) < 1e-9) return Quality::kSentinel;
  return value < rule.min || value > rule.max ? Quality::kOutOfRange : Quality::kOk;
}

}  // namespace

std::string_view to_text(Quality quality) {
  constexpr std::array<std::string_view, 5> kTexts{"ok", "sentinel", "out_of_range", "jump", "frozen"};
  return kTexts[static_cast<std::size_t>(quality)];
}

bool usable(std::string_view field, double value) {
  const FieldRule* rule = rule_of(field);
  return rule == nullptr || judge_alone(*rule, value) == Quality::kOk;
}

QualityJudge::QualityJudge(Stream stream) {
  for (const FieldRule& rule : kRules) {
    if (rule.stream == stream) fields_.push_back(rule.name);
  }
  memory_.resize(fields_.size());
}

std::span<const Quality> QualityJudge::judge(std::int64_t at, std::span<const std::string_view> values) {
  flags_.assign(fields_.size(), Quality::kOk);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto value = number_of(values[i]);
    if (!value) continue;
    const FieldRule& rule = *rule_of(fields_[i]);
    Memory& before = memory_[i];
    flags_[i] = judge_alone(rule, *value);
    if (at - before.at > kPauseMs) before = {};
    const auto last = number_of(before.text);
    if (flags_[i] == Quality::kOk && last && rule.jump > 0 && at - before.at <= kJumpMsMax &&
        std::abs(*value - *last) > rule.jump) {
      flags_[i] = Quality::kJump;
    }
    if (before.text != values[i]) {
      before.text = values[i];
      before.same_since = at;
    }
    before.at = at;
    if (flags_[i] == Quality::kOk && rule.freezes && at - before.same_since >= kFrozenMs) {
      flags_[i] = Quality::kFrozen;
    }
  }
  return flags_;
}

std::string quality_json(std::span<const std::string_view> fields, std::span<const Quality> flags) {
  std::string out = "{";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (flags[i] == Quality::kOk) continue;
    append_key(out, fields[i]);
    out.append("\"").append(to_text(flags[i])).append("\"");
  }
  return out.size() == 1 ? "null" : out + "}";
}

}  // namespace wayside::central
