#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "firmware-sim/rail_gateway.h"
#include "firmware-sim/rail_network.h"
#include "firmware-sim/rail_trains.h"
#include "firmware-sim/ridership.h"
#include "firmware-sim/ticker.h"
#include "firmware-sim/turnstile_bank.h"

namespace wayside::sim {

struct RailSystemOptions {
  RailGatewayOptions gateway;
  RailTrainsOptions trains;
  TurnstileBankOptions bank;  ///< no link: no bank
  double speed = 1;           ///< simulated seconds in one second
  double people = 1;          ///< share of the rides
  double duration_s = 0;      ///< real seconds; 0: without end
  double audit_interval_s = 60;
  UtcTime begin_at;  ///< simulated time of the start
  std::uint64_t seed = 1;
};

/// A railway in motion: trains and people, and the wires that tell of them. Times on the wires are those of this machine's
/// clock, whatever the speed. Lives on the loop.
class RailSystem {
 public:
  static Result<std::unique_ptr<RailSystem>> open(boost::asio::io_context& loop, RailNetwork network, RailSystemOptions options,
                                                  std::shared_ptr<Witness> witness);
  void log_end(const char* event) const;

 private:
  RailSystem(boost::asio::io_context& loop, RailNetwork network, RailSystemOptions options, std::shared_ptr<Witness> witness,
             std::unique_ptr<TurnstileBank> bank);
  Ticker::Delay step();
  void move_trains(double simulated_s);
  void let_people_in(double simulated_s, UtcTime now);
  /// The first line that stops there.
  const std::string& line_of(std::size_t stop) const;
  void audit(double now_s, UtcTime now, bool last);
  double elapsed_s() const;

  RailNetwork network_;
  RailSystemOptions options_;
  SystemClock clock_;
  UtcTime started_wall_;
  std::chrono::steady_clock::time_point started_;
  RailTrains trains_;
  Ridership ridership_;
  Random exits_;
  RailGateway gateway_;
  std::unique_ptr<TurnstileBank> bank_;
  double people_until_s_ = 0;  ///< simulated
  double next_audit_s_ = 0;
  bool finished_ = false;
  Ticker ticker_;
};

}  // namespace wayside::sim
