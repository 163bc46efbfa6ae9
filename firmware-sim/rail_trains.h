#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "firmware-sim/rail_network.h"
#include "firmware-sim/random.h"

namespace wayside::sim {

struct RailTrainsOptions {
  std::size_t trains_per_line = 6;
  double delay = 0.05;       ///< chance at each run that the train is held up for some minutes
  double breakdown = 0.004;  ///< chance at each station that it breaks down there, for a quarter of an hour or so
  double layover = 0.15;     ///< chance at each terminus that it goes out of service for half an hour
};

/// A train at one side of a station, as the sensor there sees it.
struct TrainArrival {
  double at_s = 0;  ///< simulated seconds since the start
  std::size_t line = 0;
  std::size_t place = 0;  ///< along the line
  std::string train;
  char direction = 'a';  ///< a: along the line's order
  const char* status = "in_service";
  std::optional<std::size_t> prev_place;  ///< nothing at its first station
  char prev_direction = 'a';
};

/// Trains that run along their lines from end to end and back. None enters a side of a station that another one holds, so
/// that one that has broken down delays those behind it. The same options, seed and times give the same arrivals.
class RailTrains {
 public:
  RailTrains(const RailNetwork& network, const RailTrainsOptions& options, Random random);
  /// All arrivals up to this simulated second, in their order.
  std::vector<TrainArrival> run_until(double seconds);

 private:
  struct Train {
    std::string name;
    std::size_t line = 0;
    std::size_t place = 0;
    char direction = 'a';
    std::optional<std::size_t> prev_place;
    char prev_direction = 'a';
    bool arriving = true;  ///< what happens at due_s: it arrives at `place`; else it wants to leave it
    double due_s = 0;
  };
  using Side = std::tuple<std::size_t, std::size_t, char>;

  void arrive(Train& train, std::vector<TrainArrival>& arrivals);
  void leave(Train& train);
  bool terminus(const Train& train) const;

  const RailNetwork& network_;
  RailTrainsOptions options_;
  Random random_;
  std::vector<Train> trains_;
  std::set<Side> held_;  ///< sides with a train in them, or on its way there
};

}  // namespace wayside::sim
