#include "firmware-sim/rail_trains.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

namespace wayside::sim {
namespace {

constexpr double kDwellMin = 20;
constexpr double kDwellMax = 45;
constexpr double kTurnSeconds = 180;
constexpr double kBlockedSeconds = 10;  // until it looks again whether the side ahead is free

double exponential(Random& random, double mean) { return -mean * std::log(1 - random.uniform()); }

std::string train_name(const std::string& line, std::size_t number) {
  std::string name = line.substr(0, 2);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  char digits[8];
  std::snprintf(digits, sizeof digits, "%03u", static_cast<unsigned>(number + 1));
  return name + digits;
}

}  // namespace

RailTrains::RailTrains(const RailNetwork& network, const RailTrainsOptions& options, Random random)
    : network_(network), options_(options), random_(random) {
  for (std::size_t l = 0; l < network.lines.size(); ++l) {
    const RailLine& line = network.lines[l];
    // Spread over both directions; at most a train to every second side, or nothing could move.
    const std::size_t count = std::min(options.trains_per_line, line.stops.size() - 1);
    for (std::size_t i = 0; i < count; ++i) {
      Train train;
      train.name = train_name(line.name, i);
      train.line = l;
      train.direction = i % 2 == 0 ? 'a' : 'b';
      train.place = std::min((i / 2) * 2 * line.stops.size() / (count + 1), line.stops.size() - 1);
      while (!held_.emplace(l, train.place, train.direction).second) train.place = (train.place + 1) % line.stops.size();
      train.due_s = random_.between(0, 60);
      trains_.push_back(std::move(train));
    }
  }
}

std::vector<TrainArrival> RailTrains::run_until(double seconds) {
  std::vector<TrainArrival> arrivals;
  while (!trains_.empty()) {
    const auto next =
        std::min_element(trains_.begin(), trains_.end(), [](const Train& a, const Train& b) { return a.due_s < b.due_s; });
    if (next->due_s > seconds) break;
    if (next->arriving) {
      arrive(*next, arrivals);
    } else {
      leave(*next);
    }
  }
  return arrivals;
}

bool RailTrains::terminus(const Train& train) const {
  return train.place == (train.direction == 'a' ? network_.lines[train.line].stops.size() - 1 : 0);
}

void RailTrains::arrive(Train& train, std::vector<TrainArrival>& arrivals) {
  const char* status = "in_service";
  double stays_s = random_.between(kDwellMin, kDwellMax);
  if (terminus(train)) stays_s += kTurnSeconds;
  if (random_.chance(options_.breakdown)) {
    status = "broken_down";
    stays_s += exponential(random_, 900);
  } else if (terminus(train) && random_.chance(options_.layover)) {
    status = "out_of_service";
    stays_s += exponential(random_, 1800);
  }
  arrivals.push_back(
      {train.due_s, train.line, train.place, train.name, train.direction, status, train.prev_place, train.prev_direction});
  train.arriving = false;
  train.due_s += stays_s;
}

void RailTrains::leave(Train& train) {
  const RailLine& line = network_.lines[train.line];
  const bool turns = terminus(train);
  const char direction = turns ? (train.direction == 'a' ? 'b' : 'a') : train.direction;
  const std::size_t next = direction == 'a' ? train.place + 1 : train.place - 1;
  if (!held_.emplace(train.line, next, direction).second) {
    train.due_s += kBlockedSeconds;
    return;
  }
  held_.erase({train.line, train.place, train.direction});
  train.prev_place = train.place;
  train.prev_direction = direction;
  train.direction = direction;
  const double run_s = line.run_seconds[std::min(train.place, next)];
  train.place = next;
  train.arriving = true;
  train.due_s += run_s * random_.between(0.9, 1.2);
  if (random_.chance(options_.delay)) train.due_s += exponential(random_, 150);
}

}  // namespace wayside::sim
