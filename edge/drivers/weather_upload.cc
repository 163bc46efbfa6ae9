#include "edge/drivers/weather_upload.h"

#include <array>
#include <charconv>

namespace wayside::edge {
namespace {

constexpr UtcTime kClockUnsetBefore = UtcTime::from_seconds(1'262'304'000);  // 2010-01-01T00:00:00Z
constexpr std::int64_t kAheadMsMax = 5 * 60 * 1000;

/// The six numbers of `Y-M-D h:m:s`; each with 1 or more digits.
std::optional<std::array<int, 6>> date_numbers(std::string_view text) {
  constexpr std::string_view kSeparators = "-- ::";
  std::array<int, 6> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (at == end || *at < '0' || *at > '9') return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc()) return std::nullopt;
    at = next;
    if (i == kSeparators.size()) break;
    const bool separated = at != end && (*at == kSeparators[i] || (i == 2 && *at == 'T'));
    if (!separated) return std::nullopt;
    ++at;
  }
  if (at != end && *at == 'Z') ++at;
  return at == end ? std::optional(numbers) : std::nullopt;
}

}  // namespace

std::string_view to_text(FrameReason reason) {
  switch (reason) {
    case FrameReason::kBadRequest: return "bad_request";
    case FrameReason::kUnknownDevice: return "unknown_device";
    case FrameReason::kBadPassword: return "bad_password";
    case FrameReason::kNotANumber: return "not_a_number";
    case FrameReason::kNoValues: return "no_values";
    case FrameReason::kUnsupportedFrame: return "unsupported_frame";
    case FrameReason::kTooLarge: return "too_large";
    case FrameReason::kUnknownStation: return "unknown_station";
  }
  return "bad_request";
}

bool UploadForm::has(std::string_view name) const {
  for (const auto& pair : pairs_) {
    if (pair.first == name) return true;
  }
  return false;
}

std::string_view UploadForm::text(std::string_view name) const {
  for (const auto& pair : pairs_) {
    if (pair.first == name) return pair.second;
  }
  return {};
}

std::optional<double> UploadForm::number(std::string_view name) const {
  const std::string_view value = text(name);
  return means_absent(value) ? std::nullopt : parse_number(value);
}

std::optional<RainTotal> longest_rain_total(const UploadForm& form, const std::vector<RainName>& names) {
  for (const RainName& name : names) {
    const auto total = form.number(name.field);
    if (total && *total >= 0) return RainTotal{std::string(name.field), *total * name.mm_per_unit};
  }
  return std::nullopt;
}

void read_device_time(std::string_view text, WeatherUpload& upload) {
  if (text.empty() || text == "now") return;
  if (const auto n = date_numbers(text))
    upload.device_time = utc_from_civil((*n)[0], (*n)[1], (*n)[2], (*n)[3], (*n)[4], (*n)[5]);
  upload.device_time_unreadable = !upload.device_time.has_value();
}

DeviceClock judge_device_time(const std::optional<UtcTime>& time, const std::optional<UtcTime>& now) {
  if (!time) return DeviceClock::kNone;
  if (*time < kClockUnsetBefore) return DeviceClock::kUnset;
  return now && time->ms > now->ms + kAheadMsMax ? DeviceClock::kAhead : DeviceClock::kGood;
}

}  // namespace wayside::edge
