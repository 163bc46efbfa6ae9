#include "edge/drivers/weather_reporter.h"

#include <utility>

#include "common/base/log.h"

namespace wayside::edge {

bool WeatherReporter::report(const std::string& station_id, WeatherFields fields, const std::optional<RainTotal>& rain,
                             std::optional<UtcTime> observed_at) {
  if (rain) fields.set_number("precipitation_total_mm", rain->mm);
  for (const DroppedValue& dropped : fields.dropped()) {
    host_.left_out(LeftOut::kValue);
    log_limited(LogLevel::kWarn, "value_dropped", station_id + "/" + std::string(dropped.field),
                {{"station_id", station_id}, {"field", dropped.field}, {"fault", to_text(dropped.fault)}});
  }
  std::vector<Memory> memories;
  if (rain && fields.number("precipitation_total_mm")) {
    auto step = rain_.advance(station_id, *rain, observed_at ? observed_at : host_.now());
    if (!step) step = RainCounters::Step{rain->counter + "/unkept", std::nullopt};
    fields.set_text("counter_id", step->counter_id);
    if (step->memory) memories.push_back(std::move(*step->memory));
  }
  if (!fields.has_measurement()) return false;
  handover_.give({station_id, Stream::kWeather, observed_at, fields.json()}, std::move(memories), [this](const Status& status) {
    if (!status.ok()) rain_.forget_uncommitted();  // what was committed last counts again
  });
  return true;
}

}  // namespace wayside::edge
