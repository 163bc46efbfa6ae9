#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "firmware-sim/faults.h"
#include "firmware-sim/weather_model.h"
#include "firmware-sim/witness.h"

namespace boost::asio {
class io_context;
}

namespace wayside::sim {

struct SerialMastOptions {
  std::string link;
  double lines_per_s = 2.5;
  std::string wind = "both";          ///< "relative", "true" or "both" kinds of MWV
  std::vector<std::string> recorded;  ///< lines to play instead of generated ones
  std::uint64_t count = 0;            ///< lines; 0: without end
  FaultPlan faults;
  std::uint64_t seed = 1;
  std::shared_ptr<WeatherModel> region;  ///< the weather around; a mast of its own has its own
};

/// A mast with a weather instrument on a serial line. The first line is cut, because a reader opens a port in the middle
/// of a sentence.
class SerialMast {
 public:
  /// `witness` may be null; `on_done` is called once when `count` or the recording is at its end.
  static Result<std::unique_ptr<SerialMast>> open(boost::asio::io_context& loop, SerialMastOptions options,
                                                  std::shared_ptr<Witness> witness, std::function<void()> on_done);
  ~SerialMast();
  std::string device() const;
  std::uint64_t lines() const;
  std::string faults_summary() const;

 private:
  class Impl;
  explicit SerialMast(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The lines of a recorded log, without time prefixes such as `13:01:35.407: <- `; empty lines are left out.
Result<std::vector<std::string>> read_recorded_lines(const std::string& path);
std::string strip_time_prefix(const std::string& line);

}  // namespace wayside::sim
