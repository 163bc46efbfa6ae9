#include "edge/source.h"

#include "common/base/log.h"
#include "edge/station_info_fit.h"

namespace wayside::edge {
namespace {

constexpr const char* kRefused = "the contract refuses what was read";

}  // namespace

bool refused_by_contract(const Status& status) { return !status.ok() && status.error().message == kRefused; }

Source::Source(boost::asio::io_context& loop, const Clock& clock, const TimeKeeper& time, const SourceSettings& settings,
               Intake& intake, ReadingStore& outbox, Uplink& uplink, Refusals& refusals)
    : loop_(loop),
      clock_(clock),
      time_(time),
      settings_(settings),
      intake_(intake),
      outbox_(outbox),
      uplink_(uplink),
      refusals_(refusals) {
  health_.source = settings.name;
  health_.driver = settings.driver;
  health_.state = "starting";
  driver_ = find_driver(settings.driver)->make(*settings.options, *this);
}

Status Source::start() { return driver_->start(); }
void Source::stop() { driver_->stop(); }

DriverHealth Source::health() const {
  DriverHealth health = health_;
  health.counts = driver_->counts();
  std::erase_if(health.counts, [](const auto& count) { return count.second == 0; });
  return health;
}

std::optional<UtcTime> Source::now() const { return time_.known() ? std::optional(time_.now()) : std::nullopt; }

void Source::accept(std::vector<Observation> observations, std::vector<Memory> memories,
                    std::function<void(const Status&)> done) {
  const std::size_t offered = observations.size();
  auto refused_count = std::make_shared<std::size_t>(0);
  intake_.accept(
      settings_.name, std::move(observations), std::move(memories),
      [this, refused_count](const Observation& observation, const Refusal& refusal) {
        ++*refused_count;
        refused({std::string(to_text(refusal.reason)), refusal.detail, observation.values});
      },
      [this, offered, refused_count, done = std::move(done)](const Status& status) {
        if (!status.ok()) return done(status);
        health_.readings_total += offered - *refused_count;
        if (offered > 0 && *refused_count == offered) {
          return done(Error{kRefused, "see wayside-agent status"});
        }
        done(status);
      });
}

void Source::announce(StationInfo info) {
  const auto unfit = fit_station_info(info);
  if (const auto refusal = check_station_info(info.json, info.station_id)) {
    return refused({std::string(to_text(refusal->reason)), refusal->detail, info.json});
  }
  if (!outbox_.remember_info(info.station_id, info.json)) return;
  for (const std::string& field : unfit) {
    left_out(LeftOut::kValue);
    log_limited(LogLevel::kWarn, "value_dropped", settings_.name + field, {{"station_id", info.station_id}, {"field", field}});
  }
  uplink_.announce(info.station_id, info.json);
}

void Source::retire(const std::string& station_id) {
  log_info("station_retired", {{"source", settings_.name}, {"station_id", station_id}});
  outbox_.forget_info(station_id);
  uplink_.announce(station_id, "");
}

std::optional<std::string> Source::recall(std::string_view key) {
  auto all = recall_all();
  const auto found = all.find(std::string(key));
  return found == all.end() ? std::nullopt : std::optional<std::string>(found->second);
}

std::map<std::string, std::string> Source::recall_all() {
  auto memories = outbox_.memories(settings_.name);
  if (memories) return std::move(*memories);
  log_error("memory_unreadable", {{"source", settings_.name}, {"error", memories.error().message}});
  return {};
}

void Source::refused(RefusedFrame frame) {
  ++health_.refused_total;
  log_limited(LogLevel::kWarn, "frame_refused", settings_.name + frame.reason,
              {{"source", settings_.name}, {"reason", frame.reason}, {"detail", frame.detail}});
  refusals_.add(settings_.name, std::move(frame), time_.now());
}

void Source::unknown_device(UnknownDevice device) {
  // One line for all of them: a sender may make up a new name each time.
  log_limited(LogLevel::kWarn, "unknown_device", settings_.name,
              {{"source", settings_.name},
               {"device", device.key_masked},
               {"try", "wayside-agent status shows what to paste into the settings"}});
  refusals_.add_device(settings_.name, std::move(device), time_.now());
}

void Source::left_out(LeftOut what) {
  ++(what == LeftOut::kValue ? health_.dropped_values_total : health_.device_clock_faults_total);
}

void Source::report_ok() {
  if (health_.state != "ok") log_info("source_ok", {{"source", settings_.name}, {"driver", settings_.driver}});
  health_.state = "ok";
  health_.last_error.clear();
}

void Source::report_fault(const std::string& why) {
  if (health_.state != "fault") {
    log_warn("source_fault", {{"source", settings_.name}, {"driver", settings_.driver}, {"why", why}});
  }
  health_.state = "fault";
  health_.last_error = why;
}

}  // namespace wayside::edge
