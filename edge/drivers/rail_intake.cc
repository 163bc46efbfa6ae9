#include "edge/drivers/rail_intake.h"

#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "common/contract/reading.h"

namespace wayside::edge {
namespace {

constexpr const char* kEntries = "entries_total";
constexpr const char* kLastRequest = "request";

std::string toml_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

RailIntake::RailIntake(const RailSettings& settings, DriverHost& host, DeviceTimes& times)
    : settings_(settings), host_(host), times_(times), counters_(host), heartbeat_(host.loop()) {}

Status RailIntake::start() {
  auto stations = load_rail_stations(settings_);
  if (!stations) return std::move(stations).error();
  stations_ = std::move(*stations);
  for (const auto& [key, station] : stations_) host_.announce(station.info);
  if (!stations_.empty()) wait_heartbeat();
  return {};
}

std::optional<FrameRefusal> RailIntake::take(const ArrivalRecord& record, RailGroup& group) {
  const RailStation* station = find(record, {});
  if (station == nullptr) return FrameRefusal{FrameReason::kUnknownStation, "station " + record.station_key};
  const auto at = times_.judge(station->station_id, record.device_time, record.device_time_unreadable);
  spoke(station->station_id, Stream::kArrival);
  if (repeated(record, *station, at, group)) return std::nullopt;
  for (const std::string& field : record.left_out) {
    host_.left_out(LeftOut::kValue);
    log_limited(LogLevel::kWarn, "value_dropped", station->station_id + "/" + field,
                {{"station_id", station->station_id}, {"field", field}});
  }
  group.observations.push_back({station->station_id, Stream::kArrival, at, arrival_values(record, *station)});
  return std::nullopt;
}

std::optional<FrameRefusal> RailIntake::take(const PersonRecord& record, RailGroup& group) {
  const RailStation* station = find(record, record.station_name);
  if (station == nullptr) return FrameRefusal{FrameReason::kUnknownStation, "station " + record.station_key};
  const auto at = times_.judge(station->station_id, record.device_time, record.device_time_unreadable);
  spoke(station->station_id, Stream::kTurnstile);
  auto& [count, newest] = group.persons[{station->station_id, at ? std::optional(at->seconds()) : std::nullopt}];
  ++count;
  group.undated = group.undated || !record.device_time;
  if (at && (!newest || *newest < *at)) newest = at;
  return std::nullopt;
}

void RailIntake::finish(RailGroup& group, std::string_view request) {
  if (group.persons.empty() || sent_again(group, request)) return;
  const auto push = [&group](const std::string& station_id, KeptCounters::Step step) {
    group.observations.push_back({station_id, Stream::kTurnstile, step.observed_at, std::move(step.values)});
    group.memories.push_back(std::move(step.memory));
  };
  for (const auto& [place, persons] : group.persons) {
    const auto& station_id = place.first;
    const auto at = persons.second ? persons.second : host_.now();
    if (counters_.is_new(station_id)) push(station_id, counters_.add(station_id, {{kEntries, 0}}, at));
    push(station_id, counters_.add(station_id, {{kEntries, persons.first}}, at));
  }
}

bool RailIntake::sent_again(RailGroup& group, std::string_view request) {
  if (group.undated) return false;
  std::string digest = std::to_string(std::hash<std::string_view>{}(request)) + "/" + std::to_string(request.size());
  if (!last_request_) last_request_ = host_.recall(kLastRequest).value_or("");
  if (*last_request_ == digest) return true;
  last_request_ = digest;
  group.memories.push_back({kLastRequest, std::move(digest)});
  return false;
}

void RailIntake::forget_uncommitted() {
  counters_.forget_uncommitted();
  last_arrival_.clear();
  last_request_.reset();
}

const RailStation* RailIntake::find(const RailRecord& record, const std::string& name) {
  last_record_ = host_.clock().monotonic();
  const auto found = stations_.find(record.station_key);
  if (found != stations_.end()) return &found->second;
  host_.unknown_device({"station " + toml_text(record.station_key), "http_push", hint(record, name)});
  return nullptr;
}

std::string RailIntake::hint(const RailRecord& record, const std::string& name) {
  std::string text = "[[source.rail.station]]\nkey = " + toml_text(record.station_key) +
                     "\nname = " + toml_text(name.empty() ? "Station " + record.station_key : name) +
                     "\nlat = 0.0  # where it stands; without both it is on no map\nlon = 0.0\n";
  if (!record.line.empty()) text += "lines = [" + toml_text(record.line) + "]\nstop_sequence = 0  # its place along the line\n";
  return text;
}

/// A gateway that had no answer sends its request again: the last train of a sensor, at the same time, is the same train.
bool RailIntake::repeated(const ArrivalRecord& record, const RailStation& station, std::optional<UtcTime> at,
                          RailGroup& group) {
  if (!at) return false;
  const std::string key = "arrival/" + station.station_id + "/" + record.direction;
  std::string arrival = std::to_string(at->ms) + " " + record.train;
  auto known = last_arrival_.find(key);
  if (known == last_arrival_.end()) known = last_arrival_.emplace(key, host_.recall(key).value_or("")).first;
  if (known->second == arrival) return true;
  known->second = arrival;
  group.memories.push_back({key, std::move(arrival)});
  return false;
}

std::string RailIntake::arrival_values(const ArrivalRecord& record, const RailStation& station) {
  nlohmann::ordered_json values = {{"vehicle_id", record.train}};
  if (!record.line.empty()) values["route_id"] = record.line;
  values["direction_id"] = record.direction;
  if (!record.status.empty()) values["vehicle_status"] = record.status;
  if (const auto before = stations_.find(record.prev_station_key); before != stations_.end()) {
    values["prev_station_id"] = before->second.station_id;
  } else if (!record.prev_station_key.empty()) {
    host_.left_out(LeftOut::kValue);
    log_limited(LogLevel::kWarn, "value_dropped", station.station_id + "/prev_station_id",
                {{"station_id", station.station_id}, {"field", "prev_station_id"}, {"unknown", record.prev_station_key}});
  }
  if (!record.prev_direction.empty()) values["prev_direction_id"] = record.prev_direction;
  const auto place = station.stop_sequence.find(record.line);
  if (place != station.stop_sequence.end()) values["stop_sequence"] = place->second;
  return values.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void RailIntake::spoke(const std::string& station_id, Stream stream) { spoke_.emplace(station_id, stream); }

/// Twice an interval, so that two readings of a quiet station are never further apart than one interval.
void RailIntake::wait_heartbeat() {
  heartbeat_.expires_after(std::chrono::milliseconds(settings_.report_interval_s * 500));
  heartbeat_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    beat();
    wait_heartbeat();
  });
}

void RailIntake::beat() {
  const auto spoken = std::exchange(spoke_, {});
  const auto quiet = host_.clock().monotonic() - last_record_.value_or(MonoTime{});
  if (!last_record_ || quiet > std::chrono::seconds(settings_.report_interval_s)) return;
  std::vector<Observation> alive;
  for (const auto& [key, station] : stations_) {
    for (const auto& [stream, there] :
         {std::pair(Stream::kArrival, settings_.arrivals), std::pair(Stream::kTurnstile, settings_.turnstiles)}) {
      if (there && !spoken.contains({station.station_id, stream}))
        alive.push_back({station.station_id, stream, std::nullopt, "{}"});
    }
  }
  if (!alive.empty()) host_.accept(std::move(alive), {}, [](const Status&) {});
}

}  // namespace wayside::edge
