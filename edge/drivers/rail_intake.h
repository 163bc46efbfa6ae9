#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "edge/driver.h"
#include "edge/drivers/device_times.h"
#include "edge/drivers/kept_counters.h"
#include "edge/drivers/rail_record.h"
#include "edge/drivers/rail_stations.h"

namespace wayside::edge {

/// What the rail records of one request have come to, until they are committed together.
struct RailGroup {
  std::vector<Observation> observations;
  std::vector<Memory> memories;
  /// Persons that came through, by station and second; nothing: at the agent's time.
  std::map<std::pair<std::string, std::optional<std::int64_t>>, std::pair<std::uint64_t, std::optional<UtcTime>>> persons;
  bool undated = false;  ///< a person's record has no time of its own
};

/// Makes readings of rail records: an `arrival` of each train, a cumulative `turnstile` of persons. Stations where nothing
/// happens are reported alive as long as the hardware speaks at all. One group at a time: the next may be begun when the one
/// before is committed or forgotten (KeptCounters). Lives on the host's loop.
class RailIntake {
 public:
  RailIntake(const RailSettings& settings, DriverHost& host, DeviceTimes& times);

  /// Loads the stations and announces them.
  Status start();
  void stop() { heartbeat_.cancel(); }
  bool knows_stations() const { return !stations_.empty(); }

  /// Nothing when the record was taken into the group. An unknown station is listed as such.
  std::optional<FrameRefusal> take(const ArrivalRecord& record, RailGroup& group);
  std::optional<FrameRefusal> take(const PersonRecord& record, RailGroup& group);
  /// Turns the group's persons into readings: to be called once, behind its last record. `request` is what they came in: the
  /// same one again, every record of it dated, is a gateway that had no answer, and nobody new.
  void finish(RailGroup& group, std::string_view request);
  void forget_uncommitted();

 private:
  const RailStation* find(const RailRecord& record, const std::string& name);
  static std::string hint(const RailRecord& record, const std::string& name);
  bool repeated(const ArrivalRecord& record, const RailStation& station, std::optional<UtcTime> at, RailGroup& group);
  std::string arrival_values(const ArrivalRecord& record, const RailStation& station);
  bool sent_again(RailGroup& group, std::string_view request);
  void spoke(const std::string& station_id, Stream stream);
  void wait_heartbeat();
  void beat();

  const RailSettings& settings_;
  DriverHost& host_;
  DeviceTimes& times_;
  KeptCounters counters_;
  RailStations stations_;
  std::map<std::string, std::string> last_arrival_;  // by memory key: what was committed, or is about to be
  std::optional<std::string> last_request_;          // digest of the last one with persons
  std::set<std::pair<std::string, Stream>> spoke_;   // since the last beat
  std::optional<MonoTime> last_record_;
  boost::asio::steady_timer heartbeat_;
};

}  // namespace wayside::edge
