// Citi Bike's system data, one row a ride. Until January 2021:
//   "tripduration","starttime","stoptime","start station id","start station name","start station latitude","start station longitude",
//   "end station id",…,"bikeid","usertype","birth year","gender"
//   389,"2020-03-01 00:14:07.0000","2020-03-01 00:20:36.0880",3202,"Newport PATH",40.7272235,-74.0337589,3203,…
// and since:
//   ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,
//   end_lat,end_lng,member_casual
// Times are local and without a zone. In the new files some rides have no end station: a bike that was not brought back.
#include "common/history/trip_file.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace wayside {
namespace {

/// `Start Station ID`, `start_station_id` and `start station id` are one name; so are the two generations' words.
std::string common_name(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (folded == "starttime") return "startedat";
  if (folded == "stoptime") return "endedat";
  for (const std::string which : {"start", "end"}) {
    if (folded == which + "stationlatitude") return which + "lat";
    if (folded == which + "stationlongitude") return which + "lng";
  }
  return folded;
}

/// `2020-03-01 00:14:07.0000`, decimals or not.
std::optional<UtcTime> read_time(std::string_view text) {
  if (text.size() < 19 || text[10] != ' ') return std::nullopt;
  std::string rfc3339(text);
  rfc3339[10] = 'T';
  return parse_rfc3339(rfc3339 + "Z");
}

std::optional<double> read_degrees(std::string_view text, double max) {
  double degrees = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), degrees);
  const bool good = error == std::errc() && end == text.data() + text.size() && std::abs(degrees) <= max;
  return good ? std::optional(degrees) : std::nullopt;
}

}  // namespace

std::string_view to_text(TripFault fault) {
  switch (fault) {
    case TripFault::kFields: return "fields";
    case TripFault::kStartTime: return "start_time";
    case TripFault::kEndTime: return "end_time";
    case TripFault::kBackwards: return "backwards";
    case TripFault::kStartStation: return "start_station";
    case TripFault::kPosition: return "position";
  }
  return "fields";
}

TripReader::TripReader() : splitter_([this](std::vector<std::string>& fields) { take(fields); }) {}

Result<TripHistory> TripReader::finish() {
  splitter_.end();
  const bool known = header_ && header_->has("startedat") && header_->has("endedat") && header_->has("startstationid") &&
                     header_->has("endstationid") && header_->has("startlat") && header_->has("endlng");
  if (!known) return Error{"trips: no trip history: its first line lacks a column", "a CSV file of Citi Bike's system data"};
  return std::move(history_);
}

void TripReader::take(std::vector<std::string>& fields) {
  if (!header_) {
    for (std::string& name : fields) name = common_name(name);
    header_.emplace(fields);
    return;
  }
  ++history_.rows;
  if (const auto fault = read(fields)) ++history_.damaged[static_cast<std::size_t>(*fault)];
}

std::optional<TripFault> TripReader::read(const std::vector<std::string>& fields) {
  if (fields.size() != header_->size()) return TripFault::kFields;
  const auto started = read_time(header_->field(fields, "startedat"));
  if (!started) return TripFault::kStartTime;
  if (header_->field(fields, "startstationid").empty()) return TripFault::kStartStation;
  const std::string_view end_text = header_->field(fields, "endedat");
  const auto ended = read_time(end_text);
  if (!end_text.empty() && !ended) return TripFault::kEndTime;
  if (ended && *ended < *started) return TripFault::kBackwards;
  const auto start = station(fields, "start");
  if (!start) return TripFault::kPosition;
  Trip trip{*started, *start, std::nullopt, ended.value_or(*started)};
  if (ended && !header_->field(fields, "endstationid").empty()) {
    trip.end = station(fields, "end");
    if (!trip.end) return TripFault::kPosition;
  } else {
    ++history_.without_end;
  }
  history_.trips.push_back(trip);
  return std::nullopt;
}

std::optional<std::size_t> TripReader::station(const std::vector<std::string>& fields, const std::string& which) {
  const std::string_view id = header_->field(fields, which + "stationid");
  if (const auto known = places_.find(id); known != places_.end()) return known->second;
  const auto lat = read_degrees(header_->field(fields, which + "lat"), 90);
  const auto lon = read_degrees(header_->field(fields, which + "lng"), 180);
  if (!lat || !lon) return std::nullopt;
  places_.emplace(id, history_.stations.size());
  history_.stations.push_back({std::string(id), std::string(header_->field(fields, which + "stationname")), *lat, *lon});
  return history_.stations.size() - 1;
}

}  // namespace wayside
