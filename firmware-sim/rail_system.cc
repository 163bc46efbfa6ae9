#include "firmware-sim/rail_system.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "common/base/log.h"

namespace wayside::sim {
namespace {

constexpr Ticker::Delay kStep{200};
constexpr double kBankShare = 0.1;  // of all people: the bank is the hall of a large interchange

}  // namespace

Result<std::unique_ptr<RailSystem>> RailSystem::open(boost::asio::io_context& loop, RailNetwork network,
                                                     RailSystemOptions options, std::shared_ptr<Witness> witness) {
  std::unique_ptr<TurnstileBank> bank;
  if (!options.bank.link.empty()) {
    auto opened = TurnstileBank::open(options.bank, witness);
    if (!opened) return std::move(opened).error();
    bank = std::move(*opened);
  }
  return std::unique_ptr<RailSystem>(
      new RailSystem(loop, std::move(network), std::move(options), std::move(witness), std::move(bank)));
}

RailSystem::RailSystem(boost::asio::io_context& loop, RailNetwork network, RailSystemOptions options,
                       std::shared_ptr<Witness> witness, std::unique_ptr<TurnstileBank> bank)
    : network_(std::move(network)),
      options_(std::move(options)),
      started_wall_(clock_.wall()),
      started_(std::chrono::steady_clock::now()),
      trains_(network_, options_.trains, Random(options_.seed).fork(302)),
      ridership_(network_, Random(options_.seed).fork(304)),
      exits_(Random(options_.seed).fork(305)),
      gateway_(loop, options_.gateway, std::move(witness)),
      bank_(std::move(bank)),
      next_audit_s_(options_.audit_interval_s),
      ticker_(loop, kStep, [this] { return step(); }) {
  for (RailStop& stop : network_.stops) {
    for (double& rides : stop.rides) rides *= options_.people;
  }
}

double RailSystem::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

Ticker::Delay RailSystem::step() {
  double now_s = elapsed_s();
  const bool over = options_.duration_s > 0 && now_s >= options_.duration_s;
  if (over) now_s = options_.duration_s;
  if (!finished_) {
    const UtcTime now{started_wall_.ms + static_cast<std::int64_t>(now_s * 1000)};
    move_trains(now_s * options_.speed);
    let_people_in(now_s * options_.speed, now);
    audit(now_s, now, over);
    finished_ = over;
  }
  if (!finished_ || !gateway_.idle()) return kStep;
  log_end("rail_finished");
  return Ticker::Delay(-1);
}

void RailSystem::move_trains(double simulated_s) {
  for (const TrainArrival& arrival : trains_.run_until(simulated_s)) {
    const RailLine& line = network_.lines[arrival.line];
    SeenTrain seen;
    seen.station = network_.stops[line.stops[arrival.place]].id;
    seen.at = UtcTime{started_wall_.ms + static_cast<std::int64_t>(arrival.at_s / options_.speed * 1000)};
    seen.train = arrival.train;
    seen.direction = arrival.direction;
    seen.line = line.name;
    seen.status = arrival.status;
    if (arrival.prev_place) seen.prev_station = network_.stops[line.stops[*arrival.prev_place]].id;
    seen.prev_direction = arrival.prev_direction;
    seen.stop_sequence = line.order[arrival.place];
    gateway_.add(seen);
  }
}

void RailSystem::let_people_in(double simulated_s, UtcTime now) {
  const UtcTime simulated{options_.begin_at.ms + static_cast<std::int64_t>(simulated_s * 1000)};
  const double seconds = simulated_s - people_until_s_;
  people_until_s_ = simulated_s;
  const auto persons = ridership_.step(simulated, seconds);
  for (std::size_t i = 0; i < persons.size(); ++i) {
    if (persons[i] > 0) gateway_.add(SeenPersons{network_.stops[i].id, network_.stops[i].name, line_of(i), now, persons[i]});
  }
  if (!bank_ || network_.stops.empty()) return;
  double mean = 0;
  for (const RailStop& stop : network_.stops) mean += kBankShare * rides_per_second(network_, stop, simulated) * seconds;
  bank_->pass(exits_.poisson(mean), exits_.poisson(mean));
}

const std::string& RailSystem::line_of(std::size_t stop) const {
  for (const RailLine& line : network_.lines) {
    if (std::find(line.stops.begin(), line.stops.end(), stop) != line.stops.end()) return line.name;
  }
  return network_.lines.front().name;
}

void RailSystem::audit(double now_s, UtcTime now, bool last) {
  if (!bank_ || (now_s < next_audit_s_ && !last)) return;
  next_audit_s_ = now_s + options_.audit_interval_s;
  bank_->audit(now);
}

void RailSystem::log_end(const char* event) const {
  const RailGatewayCounters counters = gateway_.counters();
  log_info(event, {{"arrivals", counters.arrivals},
                   {"persons", counters.persons},
                   {"refused", counters.refused},
                   {"failed", counters.failed},
                   {"dropped", counters.dropped},
                   {"audits", bank_ ? bank_->audits() : 0},
                   {"faults", gateway_.faults_summary()}});
}

}  // namespace wayside::sim
