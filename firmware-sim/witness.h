#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/time.h"

namespace wayside::sim {

/// One thing that a device has said, in the contract's words: what a test compares central's database with.
struct WitnessLine {
  std::string device;   ///< key or name
  std::string dialect;  ///< "wu", "nmea"
  std::uint64_t number = 0;
  UtcTime sent_at;
  std::string observed_at;  ///< RFC 3339; empty when the device leaves the time to the receiver
  std::string values;       ///< JSON object
};

/// Appends JSON lines to a file, each flushed: a line is there once the receiver has said yes. Not thread-safe.
class Witness {
 public:
  static Result<std::shared_ptr<Witness>> open(const std::string& path);
  void write(const WitnessLine& line);

 private:
  explicit Witness(std::ofstream file) : file_(std::move(file)) {}
  std::ofstream file_;
};

/// The line as JSON, without the end of line.
std::string to_json(const WitnessLine& line);

}  // namespace wayside::sim
