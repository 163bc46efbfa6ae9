#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/time.h"
#include "firmware-sim/faults.h"
#include "firmware-sim/http_client.h"
#include "firmware-sim/witness.h"

namespace boost::asio {
class io_context;
}

namespace wayside::sim {

/// What a sensor at one side of a station has seen.
struct SeenTrain {
  std::int64_t station = 0;
  UtcTime at;
  std::string train;
  std::string direction;
  std::string line;
  std::string status;
  std::optional<std::int64_t> prev_station;
  std::string prev_direction;
  int stop_sequence = 0;  ///< for the witness: the hardware does not send it
};

/// Persons who went through one station's turnstiles.
struct SeenPersons {
  std::int64_t station = 0;
  std::string station_name;
  std::string line;
  UtcTime at;
  std::uint64_t count = 0;
};

struct RailGatewayOptions {
  HttpTarget target;
  std::string arrivals_topic = "org.chicago.cta.station.arrivals.v1";
  std::string turnstile_topic = "org.chicago.cta.turnstile.v1";
  bool avro = false;  ///< the Avro envelope, whose nullable fields name their type
  std::chrono::milliseconds interval{1000};
  FaultPlan faults;
  std::uint64_t seed = 1;
};

struct RailGatewayCounters {
  std::uint64_t arrivals = 0;  ///< that the receiver took
  std::uint64_t persons = 0;   ///< that the receiver took
  std::uint64_t refused = 0;   ///< records that it refused
  std::uint64_t failed = 0;    ///< requests without a good answer; their records are sent again
  std::uint64_t dropped = 0;   ///< records beyond kRecordsMax that nobody took
};

/// The box that posts for all stations of a railway into Kafka's REST proxy: one record a train, one a person. Records
/// that were not taken are sent again.
class RailGateway {
 public:
  static constexpr std::size_t kRecordsMax = 100'000;

  /// `witness` may be null.
  RailGateway(boost::asio::io_context& loop, RailGatewayOptions options, std::shared_ptr<Witness> witness);
  ~RailGateway();
  void add(const SeenTrain& train);
  void add(const SeenPersons& persons);
  /// Nothing waits, and nothing is under way.
  bool idle() const;
  RailGatewayCounters counters() const;
  std::string faults_summary() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wayside::sim
