#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "firmware-sim/dialects/dialect.h"
#include "firmware-sim/http_client.h"
#include "firmware-sim/witness.h"

namespace wayside::sim {

struct HttpDeviceOptions {
  const Dialect* dialect = nullptr;
  DeviceIdentity identity;
  HttpTarget target;
  std::chrono::milliseconds first{0};
  std::chrono::milliseconds interval{60'000};
  std::uint64_t count = 0;  ///< uploads; 0: without end
  FaultPlan faults;
  std::uint64_t seed = 1;
  std::uint64_t salt = 0;                ///< tells devices of one seed apart
  std::shared_ptr<WeatherModel> region;  ///< the weather around; a device of its own has its own
};

struct HttpDeviceCounters {
  std::uint64_t sent = 0;      ///< attempts that left, copies and repeats included
  std::uint64_t accepted = 0;  ///< uploads answered with success, copies included
  std::uint64_t refused = 0;   ///< answered otherwise
  std::uint64_t failed = 0;    ///< not answered
};

/// A weather post: takes the weather at each interval, says it in its dialect and waits for the answer before the next.
class HttpDevice {
 public:
  /// `witness` may be null; `on_done` is called once after `count` uploads.
  HttpDevice(boost::asio::io_context& loop, HttpDeviceOptions options, std::shared_ptr<Witness> witness,
             std::function<void()> on_done);
  ~HttpDevice();
  HttpDevice(const HttpDevice&) = delete;
  HttpDevice& operator=(const HttpDevice&) = delete;
  HttpDeviceCounters counters() const;
  std::string faults_summary() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wayside::sim
