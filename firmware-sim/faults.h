#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "firmware-sim/random.h"

namespace wayside::sim {

/// Everything that can be made to go wrong on a wire, by name: `--fault drop=0.1`.
enum class Fault : std::uint8_t {
  kDrop,       ///< drop=P: not sent; an HTTP server closes the connection without an answer
  kCorrupt,    ///< corrupt=P: bytes damaged (checksum wrong, JSON cut)
  kDuplicate,  ///< duplicate=P: sent twice
  kDelay,      ///< delay=MS: sent late
  kSilence,    ///< silence=FROM:FOR in seconds since the start: nothing sent
  kClockZero,  ///< clock-zero: the device's clock starts at 1970
  kBusy,       ///< busy=P: an HTTP server answers 429 with Retry-After
  kVoid,       ///< void=P: NMEA status V with empty fields
  kMissing,    ///< missing=P: fields left out
  kSentinel,   ///< sentinel=P: -9999 for the outdoor sensor
};
inline constexpr std::size_t kFaultKinds = 10;
const char* to_text(Fault fault);

struct FaultPlan {
  std::array<double, kFaultKinds> chance{};  ///< 0..1; 1 for clock-zero
  std::int64_t delay_ms = 0;
  double silence_from_s = 0;
  double silence_for_s = 0;

  double of(Fault fault) const { return chance[static_cast<std::size_t>(fault)]; }
};

/// From `name=value` texts; the error names the fault and lists those that exist.
Result<FaultPlan> parse_faults(const std::vector<std::string>& texts);

/// The faults of one wire: seeded, counted, logged. Not thread-safe.
class Faults {
 public:
  /// Logs a warning for each planned fault that is not in `known`: it makes no sense on this wire and is left out.
  Faults(const FaultPlan& plan, std::string wire, Random random, std::initializer_list<Fault> known);

  /// Draws: whether `fault` strikes now. Counts and logs when it does.
  bool strikes(Fault fault);
  /// Whether `elapsed_s` lies in the time of silence. Counts and logs when it does.
  bool silent(double elapsed_s);
  /// 0 without the fault; counted when not.
  std::int64_t delay_ms();
  bool clock_zero() const { return plan_.of(Fault::kClockZero) > 0; }
  std::uint64_t count(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }
  /// `drop=3 corrupt=1`, only those that struck; empty without any.
  std::string summary() const;
  Random& random() { return random_; }

 private:
  void record(Fault fault);

  FaultPlan plan_;
  std::string wire_;
  Random random_;
  std::array<std::uint64_t, kFaultKinds> counts_{};
};

}  // namespace wayside::sim
