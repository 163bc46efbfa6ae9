#include "edge/drivers/weather_intake.h"

#include "common/base/log.h"

namespace wayside::edge {
namespace {

FrameRefusal nothing_usable(const WeatherFields& fields) {
  std::string detail;
  bool only_texts = !fields.dropped().empty();
  for (const DroppedValue& dropped : fields.dropped()) {
    detail += (detail.empty() ? "" : ", ") + std::string(dropped.field) + " " + std::string(to_text(dropped.fault));
    only_texts = only_texts && dropped.fault == ValueFault::kNotANumber;
  }
  if (detail.empty()) detail = "no value of the contract's fields";
  return {only_texts ? FrameReason::kNotANumber : FrameReason::kNoValues, detail};
}

}  // namespace

std::variant<WeatherIntake::Taken, FrameRefusal> WeatherIntake::take(WeatherUpload& upload, const HttpPushDevice& device) {
  const std::string& station_id = device.station.station_id;
  std::optional<UtcTime> observed_at;
  if (device.use_device_time) observed_at = times_.judge(station_id, upload.device_time, upload.device_time_unreadable);
  auto memory = add_rain(upload, station_id, observed_at ? observed_at : host_.now());
  count_dropped(upload.fields, station_id);
  if (!upload.fields.has_measurement()) return nothing_usable(upload.fields);
  return Taken{{station_id, Stream::kWeather, observed_at, upload.fields.json()}, std::move(memory)};
}

std::optional<Memory> WeatherIntake::add_rain(WeatherUpload& upload, const std::string& station_id, std::optional<UtcTime> at) {
  if (!upload.rain) return std::nullopt;
  upload.fields.set_number("precipitation_total_mm", upload.rain->mm);
  if (!upload.fields.number("precipitation_total_mm")) return std::nullopt;
  auto step = rain_.advance(station_id, *upload.rain, at);
  if (!step) step = RainCounters::Step{upload.rain->counter + "/unkept", std::nullopt};
  upload.fields.set_text("counter_id", step->counter_id);
  return std::move(step->memory);
}

void WeatherIntake::count_dropped(const WeatherFields& fields, const std::string& station_id) {
  for (const DroppedValue& dropped : fields.dropped()) {
    const std::string key = std::string(dropped.field) + "/" + std::string(to_text(dropped.fault));
    ++dropped_values_[key];
    host_.left_out(LeftOut::kValue);
    log_limited(LogLevel::kWarn, "value_dropped", station_id + "/" + key,
                {{"station_id", station_id}, {"field", dropped.field}, {"fault", to_text(dropped.fault)}});
  }
}

}  // namespace wayside::edge
